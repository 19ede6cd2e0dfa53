import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { routines } from '../../support/routines.js';
import { call, DAY, insertGroup, HOUR, insertPeople } from './fixtures.js';

/** Runs on its own connection, and waits for locks. */
export type Command = (client: pg.Client) => Promise<unknown>;

/**
 * Two commands that need the same two locks. The test holds the locks in `held` and releases them one by one, so that
 * each command holds its first lock when it requests the other's.
 */
export interface LockConflict {
  held: [lock: string, id: string][];
  commands: [Command, Command];
}

export type Setup = (client: pg.Client) => Promise<LockConflict>;

const PROFILE = 'SELECT FROM profiles WHERE id = $1 FOR UPDATE';
const SESSION = 'SELECT FROM sessions WHERE id = $1 FOR UPDATE';
const MILESTONES = 'SELECT lock_milestones(ARRAY[$1::uuid])';
const NOTIFICATION = 'SELECT FROM notifications WHERE id = $1 FOR UPDATE';

/** Ids in ascending order, which is the order in which rows are locked. */
const ascendingIds = (count: number): string[] =>
  Array.from({ length: count }, (_, nth) => nth.toString(16) + randomUUID().slice(1));

const run =
  (name: string, ...values: unknown[]): Command =>
  (client) =>
    call(client, name, values);
const runAt =
  (at: Date, name: string, ...values: unknown[]): Command =>
  (client) =>
    call(client, name, values, at);

/** Inserts a session; `runs` starts it an hour ago. */
async function insertSession(
  client: pg.Client,
  {
    id,
    group,
    host,
    runs,
    scheduled,
  }: { id: string; group: string | null; host: string; runs?: boolean; scheduled?: Date },
): Promise<string> {
  await client.query('BEGIN');
  await client.query(
    `INSERT INTO sessions (id, group_id, creator_id, scheduled_start, created_at) VALUES ($1, $2, $3, $4, to_ms(now()) - interval '2 hours')`,
    [id, group, host, scheduled ?? null],
  );
  await client.query(`INSERT INTO session_participants (session_id, user_id, role) VALUES ($1, $2, 'host')`, [
    id,
    host,
  ]);
  await client.query('COMMIT');
  if (runs) await call(client, routines.startSession, [host, id, new Date(Date.now() - HOUR)]);
  return id;
}

/** Groups of Ana with Ben and Cem as members: the one with the lowest id, `between` others, and the one with the highest. */
async function twoGroups(client: pg.Client, between = 0) {
  const [ana, ben, cem] = (await insertPeople(client, 3)) as [string, string, string];
  const ids = ascendingIds(2 + between);
  for (const id of ids) await insertGroup(client, { id, owner: ana, members: [ben, cem] });
  return { ana, ben, cem, low: ids[0]!, high: ids.at(-1)! };
}

/** More rows than PL/pgSQL prefetches, and so locks, when it begins to loop over a query. */
const MANY = 12;

/** Ends the groups a minute ago, before any job has archived them. */
async function endGroups(client: pg.Client, ...groups: string[]): Promise<void> {
  await client.query("UPDATE groups SET end_at = to_ms(now()) - interval '1 minute' WHERE id = ANY ($1)", [groups]);
}

/** Ben hosts a running session in the second group, and a scheduled one with a higher id in the first group. */
async function hostOfTwoSessions(client: pg.Client) {
  const groups = await twoGroups(client);
  const [lower, higher] = ascendingIds(2) as [string, string];
  const running = await insertSession(client, { id: lower, group: groups.high, host: groups.ben, runs: true });
  const scheduled = await insertSession(client, { id: higher, group: groups.low, host: groups.ben });
  return { ...groups, running, scheduled };
}

const prove = (profile: string, address: string): Command => {
  return (client) => client.query(`SELECT ${routines.proveEmail}($1, $2, $3)`, [profile, address, new Date()]);
};

async function withAddress(client: pg.Client, profile: string): Promise<string> {
  const address = `${randomUUID()}@example.com`;
  await client.query(`SELECT ${routines.proveEmail}($1, $2, '2026-01-01')`, [profile, address]);
  return address;
}

export const lockConflicts: Record<string, Setup> = {
  'deletion and a clone by the same person': async (client) => {
    const { ben, low } = await twoGroups(client);
    const delayed = await insertSession(client, { id: randomUUID(), group: low, host: ben });
    return {
      held: [[SESSION, delayed]],
      commands: [run(routines.deleteAccount, ben), run(routines.cloneGroup, ben, low)],
    };
  },
  'deletion and a new session in another group of the same host': async (client) => {
    const { ben, low, high } = await twoGroups(client, MANY);
    const delayed = await insertSession(client, { id: randomUUID(), group: low, host: ben });
    return {
      held: [[SESSION, delayed]],
      commands: [run(routines.deleteAccount, ben), run(routines.createSession, ben, high, null)],
    };
  },
  'deletion and being removed from another group': async (client) => {
    const { ana, ben, low, high } = await twoGroups(client, MANY);
    const delayed = await insertSession(client, { id: randomUUID(), group: low, host: ben });
    return {
      held: [[SESSION, delayed]],
      commands: [run(routines.deleteAccount, ben), run(routines.removeMember, ana, high, ben)],
    };
  },
  "deletion and another host's start": async (client) => {
    const { ben, cem, running, scheduled } = await hostOfTwoSessions(client);
    return {
      held: [
        [SESSION, running],
        [SESSION, scheduled],
      ],
      commands: [run(routines.startSession, ben, scheduled, null), run(routines.deleteAccount, cem)],
    };
  },
  'deletion and a start of the same person, without a group': async (client) => {
    const [ana] = (await insertPeople(client, 1)) as [string];
    const solo = await insertSession(client, { id: randomUUID(), group: null, host: ana });
    return {
      held: [
        [SESSION, solo],
        [PROFILE, ana],
      ],
      commands: [run(routines.startSession, ana, solo, null), run(routines.deleteAccount, ana)],
    };
  },
  'deletion and a log in an ended session of the same person': async (client) => {
    const { ben, low } = await twoGroups(client);
    const ended = await insertSession(client, { id: randomUUID(), group: low, host: ben, runs: true });
    await call(client, routines.stopSession, [ben, ended, null]);
    const [from, to] = [new Date(Date.now() - HOUR / 2), new Date(Date.now() - HOUR / 3)];
    return {
      held: [
        [SESSION, ended],
        [PROFILE, ben],
      ],
      commands: [run(routines.addLog, ben, ended, from, to), run(routines.deleteAccount, ben)],
    };
  },
  "deletion and a log that meets the target in somebody else's ended session": async (client) => {
    const { ana, ben, low } = await twoGroups(client);
    await client.query('UPDATE groups SET period_target_minutes = 1 WHERE id = $1', [low]);
    const ended = await insertSession(client, { id: randomUUID(), group: low, host: ana, runs: true });
    await call(client, routines.joinSession, [ben, ended]);
    await call(client, routines.stopSession, [ana, ended, null]);
    const [from, to] = [new Date(Date.now() - HOUR / 2), new Date(Date.now() - HOUR / 3)];
    return {
      held: [[PROFILE, ben]],
      commands: [run(routines.deleteAccount, ben), run(routines.addLog, ben, ended, from, to)],
    };
  },
  'deletion and the acceptance of an invite': async (client) => {
    const { ana, low } = await twoGroups(client);
    const [dan] = (await insertPeople(client, 1)) as [string];
    const { rows } = await client.query<{ id: string }>(`SELECT id FROM ${routines.invite}($1, $2, $3, to_ms(now()))`, [
      ana,
      low,
      dan,
    ]);
    return {
      held: [
        [NOTIFICATION, rows[0]!.id],
        [PROFILE, dan],
      ],
      commands: [run(routines.answerInvite, dan, rows[0]!.id, 'accepted'), run(routines.deleteAccount, dan)],
    };
  },
  'deletion and the end of sessions that end by themselves': async (client) => {
    const [ana, ben] = (await insertPeople(client, 2)) as [string, string];
    const [first, second] = ascendingIds(2) as [string, string];
    await insertSession(client, { id: first, group: null, host: ana });
    await insertSession(client, { id: second, group: null, host: ben });
    return {
      held: [[PROFILE, ana]],
      commands: [runAt(new Date(Date.now() + 2 * DAY), routines.endExpiredSessions), run(routines.deleteAccount, ben)],
    };
  },
  'deletion and the milestones of running sessions': async (client) => {
    const { ben, cem, low, high } = await twoGroups(client);
    await client.query('UPDATE groups SET period_target_minutes = 1 WHERE id = $1', [high]);
    await insertSession(client, { id: randomUUID(), group: low, host: cem, runs: true });
    await insertSession(client, { id: randomUUID(), group: high, host: ben, runs: true });
    return {
      held: [[MILESTONES, high]],
      commands: [run(routines.awardRunningMilestones), run(routines.deleteAccount, ben)],
    };
  },
  "archiving of expired groups and a host's start": async (client) => {
    const { scheduled, running, ben, low, high } = await hostOfTwoSessions(client);
    await endGroups(client, low, high);
    return {
      held: [
        [SESSION, running],
        [SESSION, scheduled],
      ],
      commands: [run(routines.startSession, ben, scheduled, null), run(routines.archiveExpiredGroups)],
    };
  },
  'archiving of expired groups and the reading of all notifications': async (client) => {
    const { ana, low, high } = await twoGroups(client);
    const [dan] = (await insertPeople(client, 1)) as [string];
    const ids: string[] = [];
    for (const group of [low, high]) {
      const { rows } = await client.query<{ id: string }>(
        `SELECT id FROM ${routines.invite}($1, $2, $3, to_ms(now()))`,
        [ana, group, dan],
      );
      ids.push(rows[0]!.id);
    }
    await endGroups(client, low, high);
    return {
      held: [
        [NOTIFICATION, ids[1]!],
        [NOTIFICATION, ids[0]!],
      ],
      commands: [run(routines.readNotifications, dan, null), run(routines.archiveExpiredGroups)],
    };
  },
  'reminders and the removal of a member': async (client) => {
    const { ana, ben, cem, low } = await twoGroups(client);
    const ids = ascendingIds(3) as [string, string, string];
    const soon = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);
    await insertSession(client, { id: ids[2], group: low, host: ana, scheduled: soon(5) });
    await insertSession(client, { id: ids[1], group: low, host: cem, scheduled: soon(6) });
    await insertSession(client, { id: ids[0], group: low, host: ben, scheduled: soon(7) });
    return {
      held: [[SESSION, ids[1]]],
      commands: [run(routines.removeMember, ana, low, ben), run(routines.sendSessionReminders)],
    };
  },
  "two people who take over each other's address": async (client) => {
    const [ana, ben] = (await insertPeople(client, 2)) as [string, string];
    const [hers, his] = [await withAddress(client, ana), await withAddress(client, ben)];
    return {
      held: [
        [PROFILE, ben],
        [PROFILE, ana],
      ],
      commands: [prove(ana, his), prove(ben, hers)],
    };
  },
  'a takeover of an address and the clone of a group of both people': async (client) => {
    const [ana, ben, cem] = (await insertPeople(client, 3)) as [string, string, string];
    const group = await insertGroup(client, { owner: ana, members: [ben, cem] });
    const his = await withAddress(client, cem);
    return {
      held: [
        [PROFILE, cem],
        [PROFILE, ben],
      ],
      commands: [prove(ben, his), run(routines.cloneGroup, ana, group)],
    };
  },
};
