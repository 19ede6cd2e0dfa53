import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import { freePort, LOOPBACK } from '../../local/ports.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { type ApiProcess, startApiProcess } from '../support/api-process.js';
import { type Process, startProcess } from '../support/processes.js';
import { problem } from '../support/request.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

const PRODUCTION = { NODE_ENV: 'production', LOG_LEVEL: 'info', DRAIN_SECONDS: '0' };

/** An outage of the database has ended after this long without a failure. */
const QUIET_MS = 10_000;

interface Line {
  level: number;
  msg: string;
  route?: string;
  status?: number;
}

/** The lines that a process has logged; throws if one is not JSON. */
function linesOf(process: Process): Line[] {
  const texts = process.printed().split('\n').filter(Boolean);
  return texts.map((text) => JSON.parse(text) as Line);
}

const messagesOf = (process: Process): string[] =>
  linesOf(process)
    .map(({ msg }) => msg)
    .filter((message) => message !== 'request completed');

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await after(50);
}

let api: Api;
let proxy: TcpProxy;
let database: string;

beforeEach(async () => {
  api = await startApi();
  proxy = await startTcpProxy(Number(new URL(api.databaseUrl).port));
  database = proxy.url(api.databaseUrl);
});
afterEach(async () => {
  await api.stop();
  await proxy.stop();
});

async function start(settings: Record<string, string> = {}): Promise<{ ours: ApiProcess; ana: Person }> {
  const ours = await startApiProcess(api, { ...PRODUCTION, DATABASE_URL: database, ...settings });
  return { ours, ana: ours.as(await api.person('Ana')) };
}

describe('The log says in one line each when it begins and when it ends that', () => {
  it('the database cannot be reached', async () => {
    const { ours, ana } = await start();
    await ana.get('/api/groups').expect(200);
    const port = Number(new URL(database).port);
    await proxy.stop();
    for (let i = 0; i < 10; i++) await ana.get('/api/groups').expect(problem(503, 'unavailable'));
    const { body } = (await ana.get('/health/ready').expect(503)) as { body: { detail: string } };
    expect(body.detail).toBe('Not ready: database cannot be reached.');
    await ana.get('/health/live').expect(200);
    await after(1_000);
    proxy = await startTcpProxy(Number(new URL(api.databaseUrl).port), port);
    await until(async () => (await ana.get('/api/groups')).status === 200);
    await after(QUIET_MS);
    await ana.get('/health/ready').expect(200);
    await ours.waitFor('listening connection restored');
    await ours.end();

    const messages = messagesOf(ours);
    const refused = `database unavailable: connect ECONNREFUSED 127.0.0.1:${port}`;
    expect(messages.filter((message) => message === refused)).toHaveLength(1);
    expect(
      messages.filter((message) => /^database available again after [1-9]\d* s, \d+ failures$/.test(message)),
    ).toHaveLength(1);
    expect(messages.filter((message) => message.startsWith('listening connection broken'))).toHaveLength(1);
  });

  it('a row is locked for too long, with the name of the statement', async () => {
    const { ours, ana } = await start();
    const holder = await api.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM profiles WHERE id = $1 FOR UPDATE', [ana.id]);
    await ana.patch('/api/me', { display_name: 'Anna' }).expect(problem(503, 'unavailable'));
    await holder.query('ROLLBACK');
    await after(QUIET_MS);
    await ana.patch('/api/me', { display_name: 'Anna' }).expect(200);
    await ours.end();
    expect(messagesOf(ours)).toContainEqual(
      expect.stringMatching(/^database unavailable: \w+: canceling statement due to lock timeout$/),
    );
    expect(messagesOf(ours)).toContainEqual(
      expect.stringMatching(/^database available again after \d+ s, 1 failures$/),
    );
  });

  it('the signing keys cannot be read, and it is not ready before they were', async () => {
    await api.issuer.goDown();
    const PORT = String(await freePort());
    const ours = startProcess(api, 'src/main.ts', { ...PRODUCTION, DATABASE_URL: database, PORT });
    const ready = async (): Promise<string> => {
      const response = await fetch(`http://${LOOPBACK}:${PORT}/health/ready`);
      return response.ok ? 'ready' : ((await response.json()) as { detail: string }).detail;
    };
    await ours.waitFor('Serving on');
    await ours.waitFor('signing keys unavailable: fetch failed: connect ECONNREFUSED');
    expect(await ready()).toBe('Not ready: signing keys cannot be read.');
    await api.issuer.comeBack();
    await until(async () => (await ready()) === 'ready');
    await ours.end();
    expect(messagesOf(ours).filter((message) => message.startsWith('signing keys unavailable'))).toHaveLength(1);
  });

  it.each([
    ['COGNITO_CLIENT_IDS', 'another-client', 'they are for another client than COGNITO_CLIENT_IDS'],
    ['COGNITO_ISSUER', 'https://cognito.example.com/pool', 'they name another issuer than COGNITO_ISSUER'],
  ])('genuine tokens are refused, because %s is %s', async (setting, value, reason) => {
    const { ours, ana } = await start({ COGNITO_JWKS_URI: api.issuer.environment.COGNITO_JWKS_URI, [setting]: value });
    for (let i = 0; i < 3; i++) await ana.get('/api/me').expect(problem(401, 'unauthenticated'));
    await ours.end();
    const lines = messagesOf(ours).filter((message) => message.startsWith('tokens of the issuer'));
    expect(lines).toEqual([`tokens of the issuer refused: ${reason}`]);
  });

  it("this machine's clock is wrong", async () => {
    const ahead = 'data:text/javascript,const now = Date.now; Date.now = () => now() + 3_600_000;';
    const { ours } = await start({ NODE_OPTIONS: `--import=${encodeURI(ahead)}` });
    await ours.waitFor("clock wrong: 3600 s ahead of the database's");
    await ours.end();
    expect(messagesOf(ours).filter((message) => message.startsWith('clock wrong'))).toHaveLength(1);
  });

  it('there are no AWS credentials, which makes an upload a 503', async () => {
    const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' };
    const { ours, ana } = await start(none);
    await ours.waitFor('AWS credentials unavailable: Could not load credentials');
    const upload = { content_type: 'image/png', content_length: 1_000 };
    const answer = await ana.post('/api/profiles/avatar/upload-url', upload).expect(problem(503, 'unavailable'));
    expect(answer.headers['retry-after']).toBe('60');
    await ours.end();
    expect(messagesOf(ours).filter((message) => message.startsWith('AWS credentials'))).toHaveLength(1);
  });
});

describe('In production', () => {
  it('every line is JSON, and health checks are not logged at info', async () => {
    const { ours, ana } = await start();
    await ana.get('/api/me').expect(200);
    await ours.end();
    const lines = linesOf(ours);
    expect(lines.filter(({ route }) => route === '/api/me')).toHaveLength(1);
    expect(lines.filter(({ route }) => route?.startsWith('/health'))).toEqual([]);
    expect(messagesOf(ours)).toContainEqual(expect.stringContaining('Serving on http://127.0.0.1:'));
  });

  it('a request whose client leaves before the response has a line too, with the status 499', async () => {
    const { ours, ana } = await start();
    const holder = await api.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM profiles WHERE id = $1 FOR UPDATE', [ana.id]);
    const client = new AbortController();
    const answer = fetch(`${ours.url}/api/me`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${ana.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ display_name: 'Anna' }),
      signal: client.signal,
    });
    const isWaiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    await until(async () => (await api.database.query(isWaiting)).rowCount === 1);
    client.abort();
    await expect(answer).rejects.toThrow('aborted');
    await ours.waitFor('request completed');
    await holder.query('ROLLBACK');
    await ours.end();
    expect(linesOf(ours).filter(({ route }) => route === '/api/me')).toEqual([
      expect.objectContaining({ method: 'PATCH', status: 499, user_id: ana.id }),
    ]);
  });

  it('what stops the start is one line of JSON too', async () => {
    const wrong = startApiProcess(api, { ...PRODUCTION, DATABASE_URL: database, PORT: 'http', CORS_ORIGINS: 'foo' });
    const printed = await wrong.then(String, String);
    const [line, ...rest] = printed.split('\n').slice(1).filter(Boolean);
    expect(rest).toEqual([]);
    const { level, msg } = JSON.parse(line ?? '') as Line;
    expect(level).toBe(60);
    expect(msg).toContain('PORT must be a whole number');
    expect(msg).toContain('CORS_ORIGINS must be * or comma-separated origins');
  });
});

describe('SIGTERM', () => {
  it('leaves DRAIN_SECONDS for the load balancer to notice, in which requests are served', async () => {
    const { ours, ana } = await start({ DRAIN_SECONDS: '2' });
    const begun = Date.now();
    const ended = ours.end();
    await until(async () => (await ana.get('/health/ready')).status === 503);
    const { body } = (await ana.get('/health/ready')) as unknown as { body: { detail: string } };
    expect(body.detail).toBe('Not ready: process is shutting down.');
    while (Date.now() - begun < 1_700) await ana.get('/api/me').expect(200);
    await ended;
    expect(Date.now() - begun).toBeGreaterThanOrEqual(2_000);
    expect(Date.now() - begun).toBeLessThan(6_000);
    expect(ours.child.exitCode).toBe(0);
  });
});
