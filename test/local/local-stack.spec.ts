import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  end,
  endAll,
  getAs,
  isAlive,
  launch,
  type LocalApi,
  projectFolder,
  remove,
  serverOf,
  signIn,
} from './local-api.js';

interface Group {
  id: string;
  name: string;
  timezone: string;
  status: string;
}
interface Me {
  id: string;
  email: string;
  display_name: string;
}
type Progress = { display_name: string; running: boolean }[];

describe('npm start, with nothing configured', () => {
  let folder: string;
  let api: LocalApi;
  let url: string;
  let first: { me: Me; groups: Group[] };

  const begin = async (): Promise<void> => {
    api = launch(folder);
    url = await api.url;
  };
  const look = async (): Promise<typeof first> => ({
    me: await getAs<Me>(url, 'ana@lockin.example', '/api/me').then(({ id, email, display_name }) => ({
      id,
      email,
      display_name,
    })),
    groups: await getAs(url, 'ana@lockin.example', '/api/groups'),
  });

  beforeAll(async () => {
    folder = await projectFolder();
    await begin();
    first = await look();
  });
  afterAll(async () => {
    await endAll();
    await remove(folder);
  });

  it('says where Swagger UI and the race view are, and who can sign in', () => {
    for (const page of ['docs', 'race']) expect(api.printed()).toContain(`${url}/${page}\n`);
    for (const name of ['ana', 'ben', 'chloe', 'dev', 'maya'])
      expect(api.printed()).toContain(`${name}@lockin.example`);
  });

  it('signs demo people in with their password alone', async () => {
    expect((await signIn(url, 'ben@lockin.example')).status).toBe(200);
    const refused = await signIn(url, 'ben@lockin.example', 'wrong');
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('gives them their names and addresses', () => {
    expect(first.me).toMatchObject({ email: 'ana@lockin.example', display_name: 'Ana' });
  });

  it('shows groups, and a race that is running', async () => {
    expect(first.groups.map(({ name, status }) => [name, status])).toEqual(
      expect.arrayContaining([
        ['Thesis sprint', 'active'],
        ['Spring exams', 'archived'],
      ]),
    );
    const thesis = first.groups.find(({ timezone }) => timezone === 'Asia/Kolkata');
    const race = await getAs<Progress>(url, 'ana@lockin.example', `/api/groups/${thesis?.id}/progress/current`);
    const running = race.filter((member) => member.running).map((member) => member.display_name);
    expect(running.sort()).toEqual(['Ana', 'Ben']);
  });

  it('lets Maya do maintenance, and nobody else', async () => {
    const archive = async (email: string): Promise<number> => {
      const { access_token } = (await (await signIn(url, email)).json()) as { access_token: string };
      const headers = { authorization: `Bearer ${access_token}` };
      const answer = await fetch(`${url}/api/maintenance/archive-expired-groups`, { method: 'POST', headers });
      return answer.status;
    };
    expect(await archive('maya@lockin.example')).toBe(200);
    expect(await archive('ana@lockin.example')).toBe(403);
  });

  it('refuses a second start in the same folder in one sentence', async () => {
    const second = launch(folder);
    expect(await second.exitCode).toBe(1);
    expect(second.printed().trim()).toBe(
      'LockIN is already running in this folder: use that one, or stop it with Ctrl-C.',
    );
  });

  it('stops everything at Ctrl-C, also when it arrives twice', async () => {
    const server = await serverOf(folder);
    if (api.child.pid) process.kill(-api.child.pid, 'SIGINT');
    expect(await end(api, 'SIGINT')).toBe(0);
    expect(isAlive(server)).toBe(false);
    await expect(fetch(url)).rejects.toThrow();
  });

  it('finds its data at the next start, at the same addresses', async () => {
    const before = await readFile(join(folder, '.local/state.json'), 'utf8');
    await begin();
    expect(await look()).toEqual(first);
    expect(await readFile(join(folder, '.local/state.json'), 'utf8')).toBe(before);
  });

  it('leaves no server behind and recovers after kill -9', async () => {
    const server = await serverOf(folder);
    await end(api, 'SIGKILL');
    await begin();
    expect(isAlive(server)).toBe(false);
    expect(await look()).toEqual(first);
    expect(await end(api, 'SIGTERM')).toBe(0);
  });

  it('moves aside for somebody who took a port meanwhile', async () => {
    const { ports } = JSON.parse(await readFile(join(folder, '.local/state.json'), 'utf8')) as {
      ports: Record<string, number>;
    };
    const guests = Object.values(ports).map((port) => createServer().listen(port, '127.0.0.1'));
    await Promise.all(guests.map((guest) => once(guest, 'listening')));
    try {
      await begin();
      expect(await look()).toEqual(first);
      expect(await end(api, 'SIGTERM')).toBe(0);
    } finally {
      for (const guest of guests) guest.close();
    }
  });
});

describe('npm start, killed while it makes its data', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await projectFolder();
  });
  afterAll(async () => {
    await endAll();
    await remove(folder);
  });

  it('starts over', async () => {
    const unlucky = launch(folder);
    while (!(await readFile(join(folder, '.local/state.json')).catch(() => undefined))) await sleep(10);
    await sleep(150);
    await end(unlucky, 'SIGKILL');
    const api = launch(folder);
    const groups = await getAs<Group[]>(await api.url, 'ana@lockin.example', '/api/groups');
    expect(groups.map(({ name }) => name)).toEqual(expect.arrayContaining(['Thesis sprint', 'Spring exams']));
    expect(await end(api, 'SIGTERM')).toBe(0);
  });
});
