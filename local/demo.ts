import pg from 'pg';
import { ana, ben, chloe, demoUsers, dev, type DemoUser } from './demo-users.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Id = string;
type Call = (sql: string, ...values: unknown[]) => Promise<Id>;
type ProfileId = (user: DemoUser) => Id;

/**
 * Creates the demo groups at the first start, and a running session if there is none. Calls the database functions that
 * the API calls, with earlier timestamps for past activity.
 */
export async function fillDemo(databaseUrl: string, provider: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    await fill(client, provider, Date.now());
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

async function fill(client: pg.Client, provider: string, now: number): Promise<void> {
  const call: Call = async (sql, ...values) => {
    const { rows } = await client.query<[Id]>({ text: sql, values, rowMode: 'array' });
    return rows[0]?.[0] ?? '';
  };
  const existing = await call('SELECT id FROM auth_identities WHERE provider = $1 AND subject = $2', provider, ana.sub);
  const ids = new Map<DemoUser, Id>();
  for (const user of demoUsers) {
    const id = await call('SELECT sign_in($1, $2, $3, $4)', provider, user.sub, user.email, new Date(now));
    if (!existing) await call('UPDATE profiles SET display_name = $2 WHERE id = $1', id, user.name);
    ids.set(user, id);
  }
  const profileId: ProfileId = (user) => ids.get(user) ?? '';
  if (!existing) await createGroups(call, profileId, now);
  await ensureRunningSession(call, profileId, now, existing ? 0 : 25 * MINUTE);
}

async function createGroups(call: Call, profileId: ProfileId, now: number): Promise<void> {
  const thesis = await createGroup(call, profileId, [ana, ben, chloe], {
    name: 'Thesis sprint',
    description: 'Ten hours of writing a week, each of us.',
    timezone: 'Asia/Kolkata',
    period: 'weekly',
    target: 600,
    createdAt: now - 21 * DAY,
  });
  await addEndedSession(call, [profileId(ana), profileId(chloe)], thesis, now - 26 * HOUR, 95 * MINUTE);
  const latest = await addEndedSession(call, [profileId(ben), profileId(ana)], thesis, now - 5 * HOUR, 50 * MINUTE);
  const [from, to] = [new Date(now - 5 * HOUR), new Date(now - 5 * HOUR + 5 * MINUTE)];
  await call('SELECT add_log($1, $2, $3, $4, $5)', profileId(ana), latest, from, to, new Date(now - 4 * HOUR));
  await call('SELECT create_session($1, $2, $3, $4)', profileId(ana), thesis, new Date(now + DAY), new Date(now));
  await invite(call, profileId(ana), thesis, profileId(dev), now - HOUR);
  await createDailyGroups(call, profileId, now);

  const exams = await createGroup(call, profileId, [chloe, ana, dev], {
    name: 'Spring exams',
    description: 'Over, and worth a clone.',
    timezone: 'Europe/Paris',
    period: 'weekly',
    target: 900,
    createdAt: now - 60 * DAY,
  });
  await addEndedSession(call, [profileId(chloe), profileId(ana), profileId(dev)], exams, now - 20 * DAY, 120 * MINUTE);
  await call('SELECT archive_group($1, $2, $3)', profileId(chloe), exams, new Date(now));
}

/** Ana is invited to both. */
async function createDailyGroups(call: Call, profileId: ProfileId, now: number): Promise<void> {
  const mornings = await createGroup(call, profileId, [ben, dev], {
    name: 'Morning pages',
    description: 'An hour before the day begins.',
    timezone: 'Europe/Paris',
    period: 'daily',
    target: 60,
    createdAt: now - 10 * DAY,
  });
  await addEndedSession(call, [profileId(ben), profileId(dev)], mornings, now - 3 * HOUR, 40 * MINUTE);
  await invite(call, profileId(ben), mornings, profileId(ana), now - 2 * HOUR);

  const reading = await createGroup(call, profileId, [dev], {
    name: 'Reading hour',
    description: 'A book a week.',
    timezone: 'Asia/Kolkata',
    period: 'daily',
    target: 30,
    createdAt: now - 14 * DAY,
  });
  await invite(call, profileId(dev), reading, profileId(ana), now - 90 * MINUTE);
}

async function invite(call: Call, caller: Id, group: Id, recipient: Id, at: number): Promise<void> {
  await call('SELECT invite($1, $2, $3, $4)', caller, group, recipient, new Date(at));
}

interface DemoGroup {
  name: string;
  description: string;
  timezone: string;
  period: 'daily' | 'weekly';
  target: number;
  createdAt: number;
}

/** The first user is the owner. */
async function createGroup(call: Call, profileId: ProfileId, users: DemoUser[], group: DemoGroup): Promise<Id> {
  const [owner = '', ...others] = users.map(profileId);
  const { name, description, timezone, period, target } = group;
  const createdAt = new Date(group.createdAt);
  const endAt = new Date(group.createdAt + 365 * DAY);
  const values = [owner, name, description, endAt, timezone, period, target, createdAt];
  const id = await call('SELECT create_group($1, $2, $3, NULL, $4, $5, $6, $7, $8)', ...values);
  for (const member of others) await call(`SELECT add_member($1, $2, $3, 'member', $4)`, owner, id, member, createdAt);
  return id;
}

/** Creates an ended session. The first user is the host; the others join at intervals of five minutes. */
async function addEndedSession(call: Call, users: Id[], group: Id, startedAt: number, length: number): Promise<Id> {
  const session = await startSession(call, users, group, startedAt);
  await call('SELECT stop_session($1, $2, NULL, $3)', users[0], session, new Date(startedAt + length));
  return session;
}

async function startSession(call: Call, [host, ...others]: Id[], group: Id, startedAt: number): Promise<Id> {
  const at = new Date(startedAt);
  const session = await call('SELECT create_session($1, $2, NULL, $3)', host, group, at);
  await call('SELECT start_session($1, $2, NULL, $3)', host, session, at);
  for (const [index, participant] of others.entries()) {
    await call('SELECT join_session($1, $2, $3)', participant, session, new Date(startedAt + (index + 1) * 5 * MINUTE));
  }
  return session;
}

/** Starts a session if none is running: sessions end automatically after max_session_length(). */
async function ensureRunningSession(call: Call, profileId: ProfileId, now: number, elapsed: number): Promise<void> {
  const running = await call(
    `SELECT id FROM sessions s WHERE creator_id = $1 AND session_status_at(s, $2) IN ('running', 'paused') LIMIT 1`,
    profileId(ana),
    new Date(now),
  );
  const group = await call(
    'SELECT id FROM groups g WHERE owner_id = $1 AND NOT group_has_ended(g, $2) ORDER BY created_at LIMIT 1',
    profileId(ana),
    new Date(now),
  );
  if (running || !group) return;
  const member = await call(
    'SELECT user_id FROM group_members WHERE group_id = $1 AND user_id = $2',
    group,
    profileId(ben),
  );
  await startSession(call, member ? [profileId(ana), member] : [profileId(ana)], group, now - elapsed);
}
