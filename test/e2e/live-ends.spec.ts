import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { type Person, useApi } from '../support/api.js';
import { type ApiProcess, startApiProcess } from '../support/api-process.js';
import { createGroup, createRunningSession, addMembers, people } from '../support/factories.js';
import { done, on, onMember, type Schema } from '../support/sdk.js';
import { type RaceStream, watch } from '../support/stream.js';
import { zoneAtNoon } from '../support/time.js';

const api = useApi();
let there: ApiProcess;
let quiet: RaceStream;
let ana: Person;
let ben: Person;
let group: Schema<'GroupDetail'>;
let streams: RaceStream[];

beforeAll(async () => {
  there = await startApiProcess(api, { METRICS_ENABLED: 'true' });
  const owner = await api.person('Owner');
  quiet = await watch(there.url, owner.token, await createGroup(owner));
  api.beforeStop(() => quiet.close());
});
beforeEach(async () => {
  streams = [];
  [ana, ben] = await people(api, 'Ana', 'Ben');
  group = await createGroup(ana, { timezone: zoneAtNoon() });
  await addMembers(ana, group, ben);
});
afterEach(() => streams.forEach((stream) => stream.close()));

async function opens({ token }: Pick<Person, 'token'>, url = there.url): Promise<RaceStream> {
  const stream = await watch(url, token, group);
  streams.push(stream);
  await stream.next();
  return stream;
}

describe('A stream ends cleanly, and the next request has the reason:', () => {
  it('the member is removed', async () => {
    const [stream, still] = [await opens(ben), await opens(ana)];
    await done(ana.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, ben)));
    await stream.ended;
    await expect(opens(ben)).rejects.toThrow('404 not_found');
    await still.until((race) => race.length === 1);
  });

  it('the account is deleted', async () => {
    const stream = await opens(ben);
    await done(ben.api.DELETE('/api/me'));
    await stream.ended;
    await expect(opens(ben)).rejects.toThrow('401 account_deleted');
  });

  it('the group is deleted with the account of its last member', async () => {
    await done(ben.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, ben)));
    const stream = await opens(ana);
    await done(ana.api.DELETE('/api/me'));
    await stream.ended;
  });

  it('the token expires, leeway included', async () => {
    const now = Math.floor(Date.now() / 1000);
    const sub = 'expiring';
    const person = await api.person('Expiring', { sub });
    await addMembers(ana, group, person);
    const stream = await opens({ token: await api.issuer.token({ sub, exp: now - 57 }) });
    await stream.ended;
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(now + 3);
    expect(Date.now() / 1000).toBeLessThan(now + 5);
    await expect(opens({ token: await api.issuer.token({ sub, exp: now - 57 }) })).rejects.toThrow('401');
  });

  it('the process receives SIGTERM, and stops at once', async () => {
    const stopping = await startApiProcess(api);
    const all = await Promise.all([opens(ana, stopping.url), opens(ben, stopping.url)]);
    const begun = Date.now();
    await Promise.all([stopping.end('SIGTERM'), ...all.map((stream) => stream.ended)]);
    expect(stopping.child.exitCode).toBe(0);
    expect(Date.now() - begun).toBeLessThan(3_000);
    await Promise.all([1, 2, 3, 4, 5].map(() => opens(ben)));
  });
});

describe('A person has at most 5 streams,', () => {
  /** Retries until the other process has noticed. */
  async function opensSoon(person: Person): Promise<RaceStream> {
    for (let tries = 1; ; tries++) {
      try {
        return await opens(person);
      } catch (error) {
        if (tries === 50) throw error;
        await after(50);
      }
    }
  }

  it('in all processes together, until one is closed', async () => {
    const all = [...(await Promise.all([1, 2, 3].map(() => opens(ben, api.url)))), await opens(ben), await opens(ben)];
    for (const url of [api.url, there.url]) await expect(opens(ben, url)).rejects.toThrow('409 too_many_streams');
    await opens(ana);
    all[0]!.close();
    await opensSoon(ben);
    await expect(opens(ben)).rejects.toThrow('409 too_many_streams');
  });

  it('also if more are opened at once', async () => {
    const attempts = Array.from({ length: 12 }, (_, n) => opens(ben, n % 2 === 0 ? api.url : there.url));
    const done = await Promise.allSettled(attempts);
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  });

  it('counting the streams of a killed process for 15 seconds', async () => {
    const doomed = await startApiProcess(api);
    await Promise.all([1, 2].map(() => opens(ben, doomed.url)));
    await Promise.all([1, 2, 3].map(() => opens(ben)));
    await doomed.end('SIGKILL');
    await expect(opens(ben)).rejects.toThrow('409 too_many_streams');
    await api.database.query(
      `UPDATE live_processes SET seen_at = seen_at - interval '15 seconds'
        WHERE id IN (SELECT process_id FROM live_streams WHERE user_id = $1 GROUP BY process_id HAVING count(*) = 2)`,
      [ben.id],
    );
    await Promise.all([1, 2].map(() => opens(ben)));
    await expect(opens(ben)).rejects.toThrow('409 too_many_streams');
  });

  it('but gets a 404 for a group of others', async () => {
    const stranger = await api.person('Stranger');
    await expect(opens(stranger)).rejects.toThrow('404 not_found');
  });
});

describe('A stream continues', () => {
  it('when the database connections break: it sends what was missed after the reconnect', async () => {
    const stream = await opens(ben);
    await api.database.query('DELETE FROM live_streams');
    const { rowCount } = await api.database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'lockin listener'`,
    );
    expect(rowCount).toBe(2);
    const { id } = await createRunningSession(ana, group);
    await stream.until((race) => race.some(({ running }) => running));
    await done(ana.api.POST('/api/sessions/{id}:stop', on({ id })));
    await stream.until((race) => race.every(({ running }) => !running));
  });

  it('when the listening connection is lost silently', async () => {
    const stream = await opens(ben);
    const { rows } = await api.database.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'lockin listener'`,
    );
    for (const { pid } of rows) process.kill(pid, 'SIGSTOP');
    try {
      await createRunningSession(ana, group);
      await stream.until((race) => race.some(({ running }) => running), 20_000);
    } finally {
      for (const { pid } of rows) process.kill(pid, 'SIGCONT');
    }
  }, 30_000);

  it('for others when a client does not read, whose stream is closed', async () => {
    await makeHeavy();
    const open = await openStreams();
    const deaf = connect(Number(new URL(there.url).port), '127.0.0.1');
    await once(deaf, 'connect');
    deaf.write(
      `GET /api/groups/${group.id}/progress/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ana.token}\r\n\r\n`,
    );
    const reader = await opens(ben);
    while ((await openStreams()) < open + 2) await after(20);
    let events = 0;
    while ((await openStreams()) > open + 1) {
      await api.database.query("SELECT pg_notify('group_changed', $1)", [group.id]);
      expect((await reader.next()).length).toBeGreaterThan(200);
      events++;
      await after(200);
    }
    expect(events).toBeGreaterThan(5);
    deaf.destroy();
  }, 60_000);

  it('with a heartbeat every 15 seconds', async () => {
    while (!quiet.text().includes('\n\n: heartbeat\n\n')) await after(100);
  });

  async function openStreams(): Promise<number> {
    const text = await (await fetch(`${there.url}/metrics`)).text();
    return Number(/^lockin_live_streams (\d+)$/m.exec(text)?.[1]);
  }

  /** Makes each event two megabytes large, so that a few of them fill the socket's buffers. */
  async function makeHeavy(): Promise<void> {
    await api.database.query(
      `WITH people AS (
         INSERT INTO profiles (display_name, avatar_url)
         SELECT 'Person ' || n, 'https://avatars.example.com/' || repeat('x', 8000) FROM generate_series(1, 250) n
         RETURNING id)
       INSERT INTO group_members (group_id, user_id) SELECT $1, id FROM people`,
      [group.id],
    );
  }
});
