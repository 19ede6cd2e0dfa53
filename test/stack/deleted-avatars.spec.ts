import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../local/ports.js';
import { type LocalS3, startS3 } from '../../local/s3.js';
import type { AvatarUpload } from '../../src/profiles/profiles.dto.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { bodyOf, problem } from '../support/request.js';
import { nextTick } from '../support/focus.js';

const PICTURE = new Uint8Array(2_000).fill(7);

let folder: string;
let s3: LocalS3;
let api: Api;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockin-deleted-'));
  s3 = await startS3(folder, await freePort());
  Object.assign(process.env, s3.environment);
  api = await startApi({ ...s3.environment, METRICS_ENABLED: 'true' });
});
afterAll(async () => {
  await api.stop();
  await s3.stop();
  await rm(folder, { recursive: true });
});

const uploadUrl = (person: Person) =>
  bodyOf<AvatarUpload>(
    person
      .post('/api/profiles/avatar/upload-url', { content_type: 'image/png', content_length: PICTURE.length })
      .expect(200),
  );

async function put({ url, headers }: AvatarUpload): Promise<void> {
  expect((await fetch(url, { method: 'PUT', headers, body: PICTURE })).status).toBe(200);
}

async function upload(person: Person): Promise<string> {
  const given = await uploadUrl(person);
  await put(given);
  return given.avatar_url;
}

const statusOf = async (url: string) => (await fetch(url)).status;
const orphans = async () => (await api.database.query('SELECT FROM orphaned_avatars')).rowCount;

/** Lets the time pass in which an upload that began before the deletion can arrive. */
async function uploadsEnd(): Promise<void> {
  await api.database.query("UPDATE orphaned_avatars SET orphaned_at = orphaned_at - interval '21 minutes'");
}

async function failures(): Promise<number> {
  const text = await (await fetch(`${api.url}/metrics`)).text();
  return Number(/^lockin_job_failures_total\{name="remove-orphaned-avatars"\} (\d+)/m.exec(text)?.[1]);
}

it('The avatars of a deleted account go at once, all that were uploaded, and nobody else’s', async () => {
  const [ana, ben] = await Promise.all([api.person('Ana'), api.person('Ben')]);
  const [one, two, his] = [await upload(ana), await upload(ana), await upload(ben)];
  await ana.patch('/api/me', { avatar_url: two }).expect(200);
  await ana.delete('/api/me').expect(204);
  expect([await statusOf(one), await statusOf(two), await statusOf(his)]).toEqual([404, 404, 200]);
});

it('An avatar whose upload arrives after the account was deleted goes too', async () => {
  const ana = await api.person('Ana');
  const given = await uploadUrl(ana);
  await ana.delete('/api/me').expect(204);
  await put(given);
  expect(await statusOf(given.avatar_url)).toBe(200);
  await nextTick(api);
  expect(await statusOf(given.avatar_url)).toBe(404);
  await put(given);
  await uploadsEnd();
  await nextTick(api);
  expect([await statusOf(given.avatar_url), await orphans()]).toEqual([404, 0]);
});

it('While S3 is down an account is deleted all the same, and each tick tries to remove the avatars until it can', async () => {
  const ana = await api.person('Ana');
  const avatar = await upload(ana);
  const { port } = s3;
  await s3.stop();
  await ana.delete('/api/me').expect(204);
  await ana.get('/api/me').expect(problem(401, 'account_deleted'));
  const before = await failures();
  await nextTick(api);
  expect([await failures(), await orphans()]).toEqual([before + 1, 1]);
  s3 = await startS3(folder, port);
  expect(await statusOf(avatar)).toBe(200);
  await uploadsEnd();
  await nextTick(api);
  expect([await failures(), await orphans(), await statusOf(avatar)]).toEqual([before + 1, 0, 404]);
});

it('While S3 does not answer, nobody waits for it for long', async () => {
  const ana = await api.person('Ana');
  await upload(ana);
  const { port } = s3;
  await s3.stop();
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => void sockets.add(socket)).listen(port, '127.0.0.1');
  await once(silent, 'listening');
  const began = performance.now();
  await ana.delete('/api/me').expect(204);
  expect(performance.now() - began).toBeLessThan(10_000);
  for (const socket of sockets) socket.destroy();
  silent.close();
  await once(silent, 'close');
  s3 = await startS3(folder, port);
  await uploadsEnd();
  await nextTick(api);
  expect(await orphans()).toBe(0);
});
