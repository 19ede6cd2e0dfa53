import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { routines } from '../../support/routines.js';
import { call, DAY, group, HOUR, people } from './world.js';

/** Something that is done on a connection of its own, and waits for locks. */
export type Step = (client: pg.Client) => Promise<unknown>;

/**
 * Two operations that need the same two locks. Each waits for one that is held for it; `gates` are released one after the
 * other, so that each operation has its first lock by the time it asks for the other's.
 */
export interface Crossing {
  gates: [lock: string, id: string][];
  operations: [Step, Step];
}

export type Arrange = (client: pg.Client) => Promise<Crossing>;

const PROFILE = 'SELECT FROM profiles WHERE id = $1 FOR UPDATE';
const SESSION = 'SELECT FROM sessions WHERE id = $1 FOR UPDATE';
const MILESTONES = 'SELECT lock_milestones(ARRAY[$1::uuid])';
const NOTIFICATION = 'SELECT FROM notifications WHERE id = $1 FOR UPDATE';

/** Ids in ascending order: those who lock several rows often do so by their ids. */
const ascending = (count: number): string[] =>
  Array.from({ length: count }, (_, nth) => nth.toString(16) + randomUUID().slice(1));

const run =
  (name: string, ...values: unknown[]): Step =>
  (client) =>
    call(client, name, values);
const runAt =
  (at: Date, name: string, ...values: unknown[]): Step =>
  (client) =>
    call(client, name, values, at);

/** A session that is made and, if it is to run, started an hour ago. */
async function session(
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

/** Two groups of Ana's with Ben and Cem in them, the first with the lower id, and some between them. */
async function twoGroups(client: pg.Client, between = 0) {
  const [ana, ben, cem] = (await people(client, 3)) as [string, string, string];
  const ids = ascending(2 + between);
  for (const id of ids) await group(client, { id, owner: ana, members: [ben, cem] });
  return { ana, ben, cem, low: ids[0]!, high: ids.at(-1)! };
}

/** More rows than PL/pgSQL fetches, and so locks, ahead when it begins to loop over a query. */
const MANY = 12;

/** The groups have ended a minute ago, and nobody has written so. */
async function areOver(client: pg.Client, ...groups: string[]): Promise<void> {
  await client.query("UPDATE groups SET end_at = to_ms(now()) - interval '1 minute' WHERE id = ANY ($1)", [groups]);
}

/** Ben hosts a session that runs in the second group, and one in the first group whose id is the higher one. */
async function hostOfTwo(client: pg.Client) {
  const groups = await twoGroups(client);
  const [lower, higher] = ascending(2) as [string, string];
  const running = await session(client, { id: lower, group: groups.high, host: groups.ben, runs: true });
  const scheduled = await session(client, { id: higher, group: groups.low, host: groups.ben });
  return { ...groups, running, scheduled };
}

const prove = (profile: string, address: string): Step => {
  return (client) => client.query(`SELECT ${routines.proveEmail}($1, $2, $3)`, [profile, address, new Date()]);
};

async function withAddress(client: pg.Client, profile: string): Promise<string> {
  const address = `${randomUUID()}@example.com`;
  await client.query(`SELECT ${routines.proveEmail}($1, $2, '2026-01-01')`, [profile, address]);
  return address;
}

export const crossings: Record<string, Arrange> = {
  'deletion beside a clone by the same person': async (client) => {
    const { ben, low } = await twoGroups(client);
    const delayed = await session(client, { id: randomUUID(), group: low, host: ben });
    return {
      gates: [[SESSION, delayed]],
      operations: [run(routines.deleteAccount, ben), run(routines.cloneGroup, ben, low)],
    };
  },
  'deletion beside a new session in another group of the same host': async (client) => {
    const { ben, low, high } = await twoGroups(client, MANY);
    const delayed = await session(client, { id: randomUUID(), group: low, host: ben });
    return {
      gates: [[SESSION, delayed]],
      operations: [run(routines.deleteAccount, ben), run(routines.createSession, ben, high, null)],
    };
  },
  'deletion beside being removed from another group': async (client) => {
    const { ana, ben, low, high } = await twoGroups(client, MANY);
    const delayed = await session(client, { id: randomUUID(), group: low, host: ben });
    return {
      gates: [[SESSION, delayed]],
      operations: [run(routines.deleteAccount, ben), run(routines.removeMember, ana, high, ben)],
    };
  },
  "deletion beside another host's start": async (client) => {
    const { ben, cem, running, scheduled } = await hostOfTwo(client);
    return {
      gates: [
        [SESSION, running],
        [SESSION, scheduled],
      ],
      operations: [run(routines.startSession, ben, scheduled, null), run(routines.deleteAccount, cem)],
    };
  },
  'deletion beside a start of one’s own, without a group': async (client) => {
    const [ana] = (await people(client, 1)) as [string];
    const solo = await session(client, { id: randomUUID(), group: null, host: ana });
    return {
      gates: [
        [SESSION, solo],
        [PROFILE, ana],
      ],
      operations: [run(routines.startSession, ana, solo, null), run(routines.deleteAccount, ana)],
    };
  },
  'deletion beside a log in an ended session of one’s own': async (client) => {
    const { ben, low } = await twoGroups(client);
    const ended = await session(client, { id: randomUUID(), group: low, host: ben, runs: true });
    await call(client, routines.stopSession, [ben, ended, null]);
    const [from, to] = [new Date(Date.now() - HOUR / 2), new Date(Date.now() - HOUR / 3)];
    return {
      gates: [
        [SESSION, ended],
        [PROFILE, ben],
      ],
      operations: [run(routines.addLog, ben, ended, from, to), run(routines.deleteAccount, ben)],
    };
  },
  'deletion beside a log that meets a goal in an ended session of somebody else': async (client) => {
    const { ana, ben, low } = await twoGroups(client);
    await client.query('UPDATE groups SET period_target_minutes = 1 WHERE id = $1', [low]);
    const ended = await session(client, { id: randomUUID(), group: low, host: ana, runs: true });
    await call(client, routines.joinSession, [ben, ended]);
    await call(client, routines.stopSession, [ana, ended, null]);
    const [from, to] = [new Date(Date.now() - HOUR / 2), new Date(Date.now() - HOUR / 3)];
    return {
      gates: [[PROFILE, ben]],
      operations: [run(routines.deleteAccount, ben), run(routines.addLog, ben, ended, from, to)],
    };
  },
  'deletion beside the acceptance of an invite': async (client) => {
    const { ana, low } = await twoGroups(client);
    const [dan] = (await people(client, 1)) as [string];
    const { rows } = await client.query<{ id: string }>(`SELECT id FROM ${routines.invite}($1, $2, $3, to_ms(now()))`, [
      ana,
      low,
      dan,
    ]);
    return {
      gates: [
        [NOTIFICATION, rows[0]!.id],
        [PROFILE, dan],
      ],
      operations: [run(routines.answerInvite, dan, rows[0]!.id, 'accepted'), run(routines.deleteAccount, dan)],
    };
  },
  'deletion beside the end of sessions that end by themselves': async (client) => {
    const [ana, ben] = (await people(client, 2)) as [string, string];
    const [first, second] = ascending(2) as [string, string];
    await session(client, { id: first, group: null, host: ana });
    await session(client, { id: second, group: null, host: ben });
    return {
      gates: [[PROFILE, ana]],
      operations: [
        runAt(new Date(Date.now() + 2 * DAY), routines.endExpiredSessions),
        run(routines.deleteAccount, ben),
      ],
    };
  },
  'deletion beside the milestones of running sessions': async (client) => {
    const { ben, cem, low, high } = await twoGroups(client);
    await client.query('UPDATE groups SET period_target_minutes = 1 WHERE id = $1', [high]);
    await session(client, { id: randomUUID(), group: low, host: cem, runs: true });
    await session(client, { id: randomUUID(), group: high, host: ben, runs: true });
    return {
      gates: [[MILESTONES, high]],
      operations: [run(routines.awardRunningMilestones), run(routines.deleteAccount, ben)],
    };
  },
  "archiving of expired groups beside a host's start": async (client) => {
    const { scheduled, running, ben, low, high } = await hostOfTwo(client);
    await areOver(client, low, high);
    return {
      gates: [
        [SESSION, running],
        [SESSION, scheduled],
      ],
      operations: [run(routines.startSession, ben, scheduled, null), run(routines.archiveExpiredGroups)],
    };
  },
  'archiving of expired groups beside the reading of all notifications': async (client) => {
    const { ana, low, high } = await twoGroups(client);
    const [dan] = (await people(client, 1)) as [string];
    const ids: string[] = [];
    for (const club of [low, high]) {
      const { rows } = await client.query<{ id: string }>(
        `SELECT id FROM ${routines.invite}($1, $2, $3, to_ms(now()))`,
        [ana, club, dan],
      );
      ids.push(rows[0]!.id);
    }
    await areOver(client, low, high);
    return {
      gates: [
        [NOTIFICATION, ids[1]!],
        [NOTIFICATION, ids[0]!],
      ],
      operations: [run(routines.readNotifications, dan, null), run(routines.archiveExpiredGroups)],
    };
  },
  'reminders beside the removal of a member': async (client) => {
    const { ana, ben, cem, low } = await twoGroups(client);
    const ids = ascending(3) as [string, string, string];
    const soon = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);
    await session(client, { id: ids[2], group: low, host: ana, scheduled: soon(5) });
    await session(client, { id: ids[1], group: low, host: cem, scheduled: soon(6) });
    await session(client, { id: ids[0], group: low, host: ben, scheduled: soon(7) });
    return {
      gates: [[SESSION, ids[1]]],
      operations: [run(routines.removeMember, ana, low, ben), run(routines.sendSessionReminders)],
    };
  },
  'two people who take over the address of each other': async (client) => {
    const [ana, ben] = (await people(client, 2)) as [string, string];
    const [hers, his] = [await withAddress(client, ana), await withAddress(client, ben)];
    return {
      gates: [
        [PROFILE, ben],
        [PROFILE, ana],
      ],
      operations: [prove(ana, his), prove(ben, hers)],
    };
  },
  'an address that is taken over beside the clone of a group of both': async (client) => {
    const [ana, ben, cem] = (await people(client, 3)) as [string, string, string];
    const club = await group(client, { owner: ana, members: [ben, cem] });
    const his = await withAddress(client, cem);
    return {
      gates: [
        [PROFILE, cem],
        [PROFILE, ben],
      ],
      operations: [prove(ben, his), run(routines.cloneGroup, ana, club)],
    };
  },
};
