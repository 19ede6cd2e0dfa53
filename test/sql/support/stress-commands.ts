import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { routines } from '../../support/routines.js';
import { call, HOUR } from './fixtures.js';

/** The rows that a command works on, picked at random among a few people and groups, so that commands conflict. */
export interface Target {
  /** Any two people. */
  ana: string;
  ben: string;
  group: string;
  owner: string;
  /** A non-member. */
  outsider: string | null;
  /** Usually an open session, its host, somebody who may join it and a participant. */
  session: string;
  host: string;
  member: string | null;
  guest: string | null;
  log: string | null;
  author: string | null;
  logged: string | null;
  invite: string | null;
  invited: string | null;
  inviter: string | null;
  invite_group: string | null;
}

const TARGET = `
  WITH recent AS MATERIALIZED (SELECT * FROM groups ORDER BY created_at DESC LIMIT 3),
       g AS MATERIALIZED (SELECT id AS "group", owner_id AS owner FROM recent ORDER BY random() LIMIT 1),
       s AS MATERIALIZED (
         SELECT id AS session, creator_id AS host, group_id AS of FROM sessions
          WHERE creator_id IS NOT NULL AND (group_id IN (SELECT id FROM recent) OR group_id IS NULL)
          ORDER BY status = 'ended' AND random() < 0.8, random() LIMIT 1),
       l AS MATERIALIZED (
         SELECT l.id AS log, l.user_id AS author, p.session_id AS logged
           FROM time_logs l JOIN session_participants p ON p.id = l.participant_id WHERE l.manual ORDER BY random() LIMIT 1),
       i AS MATERIALIZED (
         SELECT id AS invite, recipient_id AS invited, data ->> 'actor_id' AS inviter, group_id AS invite_group FROM notifications
          WHERE kind = 'group_invite' ORDER BY status <> 'pending', random() LIMIT 1)
  SELECT g.*, s.*, l.*, i.*, (SELECT id FROM profiles ORDER BY random() LIMIT 1) AS ana,
         (SELECT id FROM profiles ORDER BY random() LIMIT 1) AS ben,
         (SELECT id FROM profiles WHERE id NOT IN (SELECT user_id FROM group_members WHERE group_id = g."group")
           ORDER BY random() LIMIT 1) AS outsider,
         (SELECT user_id FROM group_members WHERE group_id = s.of ORDER BY random() LIMIT 1) AS member,
         (SELECT user_id FROM session_participants WHERE session_id = s.session AND role <> 'host' AND left_at IS NULL LIMIT 1) AS guest
    FROM g LEFT JOIN s ON true LEFT JOIN l ON true LEFT JOIN i ON true`;

export async function pickTarget(client: pg.Client): Promise<Target> {
  for (;;) {
    const { rows } = await client.query<Target>({ name: 'target', text: TARGET });
    if (rows[0] !== undefined) return rows[0];
    // All groups were deleted with their owners: create one.
    const { rows: people } = await client.query<{ id: string }>('SELECT id FROM profiles LIMIT 1');
    if (people[0] !== undefined) await createSharedGroup(client, people[0].id);
  }
}

export type Command = (client: pg.Client, target: Target) => Promise<unknown>;

const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);
const pick = <T>(...choices: T[]): T => choices[Math.floor(Math.random() * choices.length)]!;
const address = (): string => pick('ana', 'ben', 'cem') + '@example.com';

async function transact(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await work();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/** A group of most people, all of them admins. */
export const createSharedGroup = (client: pg.Client, owner: string): Promise<void> =>
  transact(client, async () => {
    const values = [owner, 'G', '', ago(HOUR), ago(-HOUR), 'UTC', 'daily', pick(1, 60)];
    const id = await call(client, routines.createGroup, values);
    await client.query(
      `INSERT INTO group_members (group_id, user_id, role)
       SELECT $1, p.id, 'admin' FROM profiles p WHERE p.id <> $2 AND random() < 0.7 ORDER BY p.id FOR KEY SHARE`,
      [id, owner],
    );
  });

/** In the transaction of an Idempotency-Key, like the POSTs that create. */
const withKey =
  (command: Command): Command =>
  (client, target) =>
    transact(client, async () => {
      const key = [target.ana, pick('one', randomUUID()), Buffer.from('the same')];
      const claim = `SELECT FROM ${routines.claimIdempotencyKey}($1, $2, $3, to_ms(now()))`;
      if ((await client.query(claim, key)).rowCount !== 0) return;
      await command(client, target);
      await call(client, routines.storeIdempotentResponse, [...key, 201, null, '{}']);
    });

const verb =
  (name: string): Command =>
  (client, { host, session }) =>
    call(client, name, [host, session, pick(null, null, ago(60_000))]);

const job =
  (name: string): Command =>
  (client) =>
    call(client, name, []);

const answer =
  (given: 'accepted' | 'declined'): Command =>
  (client, { invited, invite }) =>
    call(client, routines.answerInvite, [invited, invite, given]);

const createSession: Command = (client, target) => {
  const { ana, group } = target;
  return call(client, routines.createSession, [ana, pick(group, group, null), pick(null, ago(-300_000))], ago(HOUR));
};

const groups: Record<string, Command> = {
  'create a group': (client, { ana }) =>
    call(client, routines.createGroup, [ana, 'G', '', null, ago(-HOUR), 'UTC', 'daily', 1]),
  'create a shared group': (client, { ana }) => createSharedGroup(client, ana),
  'update a group': (client, { ana, group }) =>
    call(client, routines.updateGroup, [ana, group, 'N', null, null, pick(1, 60)]),
  'let a group end soon': (client, { owner, group }) =>
    call(client, routines.updateGroup, [owner, group, null, null, ago(-pick(200, HOUR)), null]),
  'clone a group': (client, { ana, group }) => call(client, routines.cloneGroup, [ana, group]),
  'clone a group with a key': withKey((client, { ana, group }) => call(client, routines.cloneGroup, [ana, group])),
  'archive a group': (client, { owner, group }) => call(client, routines.archiveGroup, [owner, group]),
  'transfer a group': (client, { owner, group, ben }) => call(client, routines.transferGroup, [owner, group, ben]),
  'add a member': (client, { owner, group, ben }) => call(client, routines.addMember, [owner, group, ben, 'admin']),
  'update a member': (client, { owner, group, ben }) =>
    call(client, routines.updateMember, [owner, group, ben, true, pick(null, 1, 60), null]),
  'remove a member': (client, { owner, group, ben }) => call(client, routines.removeMember, [owner, group, ben]),
  'leave a group': (client, { ana, group }) => call(client, routines.removeMember, [ana, group, ana]),
  invite: (client, { owner, group, ben, outsider }) => call(client, routines.invite, [owner, group, outsider ?? ben]),
  'accept an invite': answer('accepted'),
  'decline an invite': answer('declined'),
  'rescind an invite': (client, { inviter, invite, invite_group }) =>
    call(client, routines.rescindInvite, [inviter, invite_group, invite]),
};

const sessions: Record<string, Command> = {
  'create a session': createSession,
  'create a session with a key': withKey(createSession),
  'create a session that ends by itself': (client, { ana, group }) =>
    call(client, routines.createSession, [ana, group, null], ago(24 * HOUR - pick(0, 500))),
  start: verb(routines.startSession),
  'start one that ends by itself soon': (client, { host, session }) =>
    call(client, routines.startSession, [host, session, ago(12 * HOUR - 500)]),
  pause: verb(routines.pauseSession),
  resume: verb(routines.resumeSession),
  stop: verb(routines.stopSession),
  join: (client, { ana, member, session }) => call(client, routines.joinSession, [member ?? ana, session]),
  'leave a session': (client, { ana, guest, session }) =>
    call(client, routines.leaveSession, [guest ?? ana, session, guest ?? ana]),
  'add a log': (client, { host, session }) => call(client, routines.addLog, [host, session, ago(50_000), ago(30_000)]),
  'add a log with a key': withKey((client, { ana, session }) =>
    call(client, routines.addLog, [ana, session, ago(50_000), ago(30_000)]),
  ),
  'delete a log': (client, { author, logged, log }) => call(client, routines.deleteLog, [author, logged, log]),
};

const people: Record<string, Command> = {
  'delete an account': async (client, { ana }) => {
    await call(client, routines.deleteAccount, [ana]);
    await client.query('INSERT INTO profiles DEFAULT VALUES');
  },
  'sign in': (client, { ana }) =>
    client.query(`SELECT ${routines.signIn}('cognito', $1, $2, now())`, [pick(ana, randomUUID()), address()]),
  'prove an address': (client, { ana }) =>
    client.query(`SELECT ${routines.proveEmail}($1, $2, now())`, [ana, address()]),
  rename: (client, { ana }) => client.query("UPDATE profiles SET display_name = 'Somebody' WHERE id = $1", [ana]),
  'look somebody up': (client, { ana }) => call(client, routines.findProfileByEmail, [ana, address()]),
  'read all notifications': (client, { ana }) => call(client, routines.readNotifications, [ana, null]),
  'export an account': (client, { ana }) => call(client, routines.exportAccount, [ana]),
};

/** The process that owns the streams. */
export const PROCESS = randomUUID();

const streams: Record<string, Command> = {
  'keep a process': (client) => call(client, routines.keepLiveProcess, [PROCESS]),
  'open a stream': (client, { ana, group }) => call(client, routines.openStream, [ana, group, randomUUID(), PROCESS]),
  'close streams': (client, { ana }) => client.query('DELETE FROM live_streams WHERE user_id = $1', [ana]),
  'show a race': (client, { group }) => call(client, routines.liveProgress, [group]),
};

const reads: Record<string, Command> = {
  'read a group': (client, { group }) => call(client, routines.groupDetail, [group]),
  'read progress': (client, { owner, group }) => call(client, routines.groupProgress, [owner, group]),
  'read history': (client, { owner, group }) => call(client, routines.progressHistory, [owner, group, null, null]),
  'read the view': (client) => client.query('SELECT * FROM group_member_period_progress'),
};

const jobs: Record<string, Command> = {
  'archive expired groups': job(routines.archiveExpiredGroups),
  'end expired sessions': job(routines.endExpiredSessions),
  'send reminders': job(routines.sendSessionReminders),
  'award milestones': job(routines.awardRunningMilestones),
  'purge keys': job(routines.purgeIdempotencyKeys),
  'remember streaks': job(routines.rememberStreaks),
};

export const commands: Record<string, Command> = {
  ...groups,
  ...sessions,
  ...people,
  ...streams,
  ...reads,
  ...jobs,
};
