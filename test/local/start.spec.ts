import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';
import { networkAddresses, reachableAddress } from '../../local/network.js';
import { freePort } from '../../local/ports.js';
import { textOf } from '../documents/support/tree.js';
import { createTestDatabase } from '../support/database.js';
import { end, endAll, getAs, launch, projectFolder, remove, signIn } from './local-api.js';

const folders: string[] = [];
let folder: string;

beforeEach(async () => {
  folder = await projectFolder();
  folders.push(folder);
});
afterAll(async () => {
  await endAll();
  await Promise.all(folders.map(remove));
});

describe('npm start, when it cannot start,', () => {
  it('says that the port is taken, before anything else is started', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const api = launch(folder, { PORT: String(port) });
    expect(await api.exitCode).toBe(1);
    expect(api.printed()).toBe(
      `Port ${port} is taken by another program: stop that one, or set the environment variable PORT to another port, such as 3001.\n`,
    );
    other.close();
  });

  it('says that the folder cannot be written', async () => {
    await writeFile(join(folder, '.local'), '');
    const api = launch(folder);
    expect(await api.exitCode).toBe(1);
    expect(api.printed()).toMatch(/^\S+\.local cannot be written: .*\n$/);
  });

  it('says that a part of its data cannot be written', async () => {
    await mkdir(join(folder, '.local'));
    await writeFile(join(folder, '.local/cognito'), '');
    const api = launch(folder);
    expect(await api.exitCode).toBe(1);
    expect(api.printed()).toMatch(/^\S+cognito cannot be written: .*$/m);
    expect(api.printed()).not.toMatch(/^ +at /m);
  });
});

describe('npm start', () => {
  it('says what it does, step by step, and how a phone reaches it', async () => {
    const api = launch(folder);
    await api.url;
    const steps = [
      'Starting PostgreSQL',
      'Creating the database',
      'Migrating the database',
      'Filling in the demo data',
    ];
    const positions = steps.map((step) => api.printed().indexOf(step));
    expect(positions.every((position) => position >= 0)).toBe(true);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(api.printed()).toContain('HOST=0.0.0.0');
    expect(await end(api, 'SIGTERM')).toBe(0);
  });

  it('serves the network if asked to: the API, sign-in and avatars', async () => {
    const api = launch(folder, { HOST: '0.0.0.0' });
    const { port } = new URL(await api.url);
    for (const address of networkAddresses()) expect(api.printed()).toContain(`http://${address}:${port}\n`);

    const url = `http://${reachableAddress('0.0.0.0')}:${port}`;
    expect(await getAs(url, 'ana@lockin.example', '/api/me')).toMatchObject({ display_name: 'Ana' });
    for (const each of await uploadAvatar(url)) expect(new URL(each).hostname).toBe(reachableAddress('0.0.0.0'));
    expect(await end(api, 'SIGTERM')).toBe(0);
  });

  it('runs in a container with the settings of compose.yaml', async () => {
    const { services } = parse(textOf('compose.yaml')) as {
      services: { api: { environment: Record<string, string> } };
    };
    const database = await createTestDatabase();
    const S3_ENDPOINT = `http://localhost:${await freePort()}`;
    const settings = { ...services.api.environment, DATABASE_URL: database.url, S3_ENDPOINT };
    expect(Object.keys(settings).sort()).toEqual(Object.keys(services.api.environment).sort());
    const api = launch(folder, settings);
    const url = `http://localhost:${new URL(await api.url).port}`;
    expect(await getAs(url, 'ana@lockin.example', '/api/me')).toMatchObject({ memberships: [] });
    for (const each of await uploadAvatar(url)) expect(new URL(each).origin).toBe(S3_ENDPOINT);
    expect(await end(api, 'SIGTERM')).toBe(0);
    await database.drop();
  });
});

/** Uploads an avatar as Ana and reads it again; returns both URLs. */
async function uploadAvatar(url: string): Promise<string[]> {
  const { access_token } = (await (await signIn(url, 'ana@lockin.example')).json()) as { access_token: string };
  const response = await fetch(`${url}/api/profiles/avatar/upload-url`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ content_type: 'image/png', content_length: 3 }),
  });
  const upload = (await response.json()) as { url: string; headers: Record<string, string>; avatar_url: string };
  expect((await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: 'png' })).status).toBe(200);
  expect(await (await fetch(upload.avatar_url)).text()).toBe('png');
  return [upload.url, upload.avatar_url];
}
