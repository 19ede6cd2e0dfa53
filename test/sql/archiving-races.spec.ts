import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { overlap, type OverlapClients, type Command } from './support/concurrency.js';
import { useDatabase } from './support/connections.js';
import { insertGroupOfTwo, call, HOUR, insertPerson } from './support/fixtures.js';

const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);

/** A group of Ana and Ben: Ana has planned one session and paused another one, which Ben has left; Cem is a stranger. */
interface Setup {
  ana: string;
  ben: string;
  cem: string;
  group: string;
  planned: string;
  paused: string;
}

type Change = (client: pg.Client, setup: Setup) => Promise<unknown>;

const insertSession: Change = async (client, { ben, group }) => {
  const id = randomUUID();
  await client.query('INSERT INTO sessions (id, group_id, creator_id) VALUES ($1, $2, $3)', [id, group, ben]);
  const host = `INSERT INTO session_participants (session_id, user_id, role) VALUES ($1, $2, 'host')`;
  await client.query(host, [id, ben]);
};

/** What an archived group refuses, by plain statements. */
const changes: Record<string, Change> = {
  'a new session': insertSession,
  'a log by hand': (client, { ana, paused }) =>
    client.query(
      `INSERT INTO time_logs (participant_id, manual, started_at, ended_at)
       SELECT id, true, $3, $4 FROM session_participants WHERE session_id = $1 AND user_id = $2`,
      [paused, ana, ago(1.5 * HOUR), ago(1.4 * HOUR)],
    ),
  'a participant': (client, { ben, planned }) =>
    client.query('INSERT INTO session_participants (session_id, user_id) VALUES ($1, $2)', [planned, ben]),
  'a participant who is back': (client, { ben, paused }) =>
    client.query('UPDATE session_participants SET left_at = NULL WHERE session_id = $1 AND user_id = $2', [
      paused,
      ben,
    ]),
  'an invite': (client, { cem, group }) =>
    client.query(
      `INSERT INTO notifications (recipient_id, kind, title, body, group_id)
       VALUES ($2, 'group_invite', 'Invitation', 'Come', $1)`,
      [group, cem],
    ),
  'an override': (client, { ben, group }) =>
    client.query('UPDATE group_members SET override_period_target_minutes = 7 WHERE group_id = $1 AND user_id = $2', [
      group,
      ben,
    ]),
  'a target': (client, { group }) => client.query('UPDATE groups SET period_target_minutes = 7 WHERE id = $1', [group]),
  'a later end': (client, { group }) =>
    client.query(`UPDATE groups SET end_at = end_at + interval '1 day' WHERE id = $1`, [group]),
};

/** What a session that the archiving ends cannot do. */
const verbs: Record<string, Change> = {
  'a session that starts': (client, { planned }) =>
    client.query(`UPDATE sessions SET status = 'running', started_at = $2, running_since = $2 WHERE id = $1`, [
      planned,
      ago(1000),
    ]),
  'a session that goes on': (client, { paused }) =>
    client.query(`UPDATE sessions SET status = 'running', running_since = $2 WHERE id = $1`, [paused, ago(1000)]),
};

describe('While a group is being archived,', () => {
  let clients: OverlapClients;
  let setup: Setup;

  useDatabase(async (database) => {
    const [first, second, observer] = [await database.connect(), await database.connect(), await database.connect()];
    clients = { first, second, observer };
  });

  beforeEach(async () => {
    const { observer } = clients;
    const { ana, ben, group } = await insertGroupOfTwo(observer);
    const planned = await call<string>(observer, 'create_session', [ana, group, null]);
    const paused = await call<string>(observer, 'create_session', [ana, group, null]);
    await call(observer, 'join_session', [ben, paused], ago(2 * HOUR));
    await call(observer, 'start_session', [ana, paused, ago(2 * HOUR)]);
    await call(observer, 'pause_session', [ana, paused, ago(HOUR)]);
    await call(observer, 'leave_session', [ben, paused, ben]);
    setup = { ana, ben, cem: await insertPerson(observer), group, planned, paused };
  });

  const archive: Command = (client) => call(client, 'archive_group', [setup.ana, setup.group]);

  /** Sessions that no job would end, and invites that nobody would close. */
  async function stillOpen(): Promise<unknown[]> {
    const { rows } = await clients.observer.query(
      `SELECT 'session' AS what, status::text FROM sessions
        WHERE group_id = $1 AND (status <> 'ended' AND expires_at IS NULL OR expires_at > clock_timestamp())
       UNION ALL
       SELECT 'invite', status::text FROM notifications
        WHERE group_id = $1 AND kind = 'group_invite' AND status = 'pending'`,
      [setup.group],
    );
    return rows;
  }

  it.each(Object.entries(changes))('%s waits and is rejected', async (_, change) => {
    const outcome = await overlap(clients, archive, (client) => change(client, setup));
    expect(outcome).toEqual([undefined, 'LKARC']);
    expect(await stillOpen()).toEqual([]);
  });

  it.each(Object.entries(verbs))('%s waits and is rejected', async (_, verb) => {
    const [archived, changed] = await overlap(clients, archive, (client) => verb(client, setup));
    expect(archived).toBeUndefined();
    expect(changed).toBeDefined();
    expect(await stillOpen()).toEqual([]);
  });

  it.each(Object.entries({ ...changes, ...verbs }))('%s may come first, and ends with the group', async (_, change) => {
    const outcome = await overlap(clients, (client) => change(client, setup), archive);
    expect(outcome).toEqual([undefined, undefined]);
    expect(await stillOpen()).toEqual([]);
  });

  it('a session inserted later, in a transaction that began earlier, is rejected', async () => {
    const { first, second } = clients;
    await first.query('BEGIN');
    await first.query('SELECT now()');
    await archive(second);
    await expect(insertSession(first, setup)).rejects.toMatchObject({ code: 'LKARC' });
    await first.query('ROLLBACK');
    expect(await stillOpen()).toEqual([]);
  });

  it('a session inserted during an archiving by plain UPDATE does not stay open', async () => {
    const update: Command = (client) =>
      client.query(`UPDATE groups SET status = 'archived', archived_at = to_ms(clock_timestamp()) WHERE id = $1`, [
        setup.group,
      ]);
    const outcome = await overlap(clients, (client) => insertSession(client, setup), update);
    expect(outcome).toEqual([undefined, undefined]);
    const { rows } = await clients.observer.query(
      `SELECT status FROM sessions
        WHERE group_id = $1 AND status <> 'ended' AND coalesce(expires_at, 'infinity') > clock_timestamp()`,
      [setup.group],
    );
    expect(rows).toEqual([]);
  });
});
