import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { type Api, type Person, startApi } from '../support/api.js';
import { aGroup, aSession, people } from '../support/factories.js';
import { countWaiting, standing } from '../support/locks.js';
import { routines } from '../support/routines.js';
import { done } from '../support/sdk.js';
import { verb } from '../support/sessions.js';
import { type RaceStream, watch } from '../support/stream.js';

let api: Api;
let writer: pg.PoolClient;
let ana: Person;
let ben: Person;
const streams: RaceStream[] = [];

beforeAll(async () => {
  api = await startApi();
  writer = await api.database.connect();
  [ana, ben] = await people(api, 'Ana', 'Ben');
});
afterAll(async () => {
  for (const stream of streams) stream.close();
  writer.release();
  await api.stop();
});

/** Which of 256 a group is, by the hash of its id. */
async function shardOf({ id }: { id: string }): Promise<number> {
  const { rows } = await api.database.query<{ shard: number }>(
    'SELECT (hashtextextended($1::uuid::text, 0) & 255)::int AS shard',
    [id],
  );
  return rows[0]!.shard;
}

/** A group of Ben's whose id has the same hash as another one's. */
async function groupLike(other: { id: string }): Promise<{ id: string }> {
  const shard = await shardOf(other);
  for (;;) {
    const { rows } = await api.database.query<{ id: string }>(
      `SELECT id FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, 2000)) made
        WHERE hashtextextended(id::text, 0) & 255 = $1 LIMIT 1`,
      [shard],
    );
    if (rows[0] === undefined) continue;
    await api.database.query(
      `WITH made AS (
         INSERT INTO groups (id, owner_id, name, start_at, end_at, timezone, period, period_target_minutes)
         VALUES ($1, $2, 'G', now() - interval '1 day', now() + interval '1 day', 'UTC', 'daily', 60) RETURNING id)
       INSERT INTO group_members (group_id, user_id, role) SELECT id, $2, 'owner' FROM made`,
      [rows[0].id, ben.id],
    );
    return rows[0];
  }
}

describe('Whoever begins to watch a group that is just being changed', () => {
  it.each<[string, (group: { id: string }) => Promise<{ id: string }>]>([
    ['any other group', () => aGroup(ben)],
    ['a group whose id has the same hash', groupLike],
  ])('makes nobody in %s wait for that change, and sees it once it is made', async (_, another) => {
    const group = await aGroup(ana);
    const session = await aSession(ana, group);
    const elsewhere = await aSession(ben, await another(group));
    await writer.query('BEGIN');
    await writer.query(`SELECT ${routines.startSession}($1, $2, NULL, to_ms(now()))`, [ana.id, session.id]);

    const watching = watch(api.url, ana.token, group);
    await standing(api.database, watching);
    const others = await countWaiting(api.database);
    const starting = verb(ben, elsewhere.id, 'start');
    const stood = await standing(api.database, starting, { others });
    await writer.query('COMMIT');
    await done(starting);
    streams.push(await watching);
    await streams.at(-1)!.until((race) => race.members.some(({ user_id, running }) => user_id === ana.id && running));
    await Promise.all([done(verb(ben, elsewhere.id, 'stop')), done(verb(ana, session.id, 'stop'))]);
    expect(stood).toBe('ended');
  });
});
