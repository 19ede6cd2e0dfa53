import pg from 'pg';
import { ana, ben, chloe, demoPeople, dev, type DemoPerson } from './people.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Id = string;
type Call = (sql: string, ...values: unknown[]) => Promise<Id>;
type Profiles = (person: DemoPerson) => Id;

/**
 * Makes the demo groups once, and sees to it that a race is running whenever the API starts. Everything goes through
 * the functions that the API itself calls; the past is made by telling them an earlier instant.
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
  const known = await call('SELECT id FROM auth_identities WHERE provider = $1 AND subject = $2', provider, ana.sub);
  const ids = new Map<DemoPerson, Id>();
  for (const person of demoPeople) {
    const id = await call('SELECT sign_in($1, $2, $3, $4)', provider, person.sub, person.email, new Date(now));
    if (!known) await call('UPDATE profiles SET display_name = $2 WHERE id = $1', id, person.name);
    ids.set(person, id);
  }
  const profile: Profiles = (person) => ids.get(person) ?? '';
  if (!known) await makeGroups(call, profile, now);
  await keepRaceRunning(call, profile, now, known ? 0 : 25 * MINUTE);
}

async function makeGroups(call: Call, profile: Profiles, now: number): Promise<void> {
  const thesis = await makeGroup(call, profile, [ana, ben, chloe], {
    name: 'Thesis sprint',
    description: 'Ten hours of writing a week, each of us.',
    timezone: 'Asia/Kolkata',
    period: 'weekly',
    target: 600,
    madeAt: now - 21 * DAY,
  });
  await focusTogether(call, [profile(ana), profile(chloe)], thesis, now - 26 * HOUR, 95 * MINUTE);
  await focusTogether(call, [profile(ben), profile(ana)], thesis, now - 5 * HOUR, 50 * MINUTE);

  const mornings = await makeGroup(call, profile, [ben, dev], {
    name: 'Morning pages',
    description: 'An hour before the day begins.',
    timezone: 'Europe/Paris',
    period: 'daily',
    target: 60,
    madeAt: now - 10 * DAY,
  });
  await focusTogether(call, [profile(ben), profile(dev)], mornings, now - 3 * HOUR, 40 * MINUTE);

  const exams = await makeGroup(call, profile, [chloe, ana, dev], {
    name: 'Spring exams',
    description: 'Over, and worth a clone.',
    timezone: 'Europe/Paris',
    period: 'weekly',
    target: 900,
    madeAt: now - 60 * DAY,
  });
  await focusTogether(call, [profile(chloe), profile(ana), profile(dev)], exams, now - 20 * DAY, 120 * MINUTE);
  await call('SELECT archive_group($1, $2, $3)', profile(chloe), exams, new Date(now));
}

interface DemoGroup {
  name: string;
  description: string;
  timezone: string;
  period: 'daily' | 'weekly';
  target: number;
  madeAt: number;
}

/** The first person is the owner. */
async function makeGroup(call: Call, profile: Profiles, people: DemoPerson[], group: DemoGroup): Promise<Id> {
  const [owner = '', ...others] = people.map(profile);
  const { name, description, timezone, period, target } = group;
  const madeAt = new Date(group.madeAt);
  const endAt = new Date(group.madeAt + 365 * DAY);
  const values = [owner, name, description, endAt, timezone, period, target, madeAt];
  const id = await call('SELECT create_group($1, $2, $3, NULL, $4, $5, $6, $7, $8)', ...values);
  for (const person of others) await call(`SELECT add_member($1, $2, $3, 'member', $4)`, owner, id, person, madeAt);
  return id;
}

/** A session that is over: the first person hosts it, the others join five minutes apart. */
async function focusTogether(call: Call, people: Id[], group: Id, startedAt: number, length: number): Promise<void> {
  const session = await beginSession(call, people, group, startedAt);
  await call('SELECT stop_session($1, $2, NULL, $3)', people[0], session, new Date(startedAt + length));
}

async function beginSession(call: Call, [host, ...others]: Id[], group: Id, startedAt: number): Promise<Id> {
  const at = new Date(startedAt);
  const session = await call('SELECT create_session($1, $2, NULL, $3)', host, group, at);
  await call('SELECT start_session($1, $2, NULL, $3)', host, session, at);
  for (const [place, person] of others.entries()) {
    await call('SELECT join_session($1, $2, $3)', person, session, new Date(startedAt + (place + 1) * 5 * MINUTE));
  }
  return session;
}

/** Sessions end by themselves after max_session_length(): yesterday's race is over by today. */
async function keepRaceRunning(call: Call, profile: Profiles, now: number, since: number): Promise<void> {
  const running = await call(
    `SELECT id FROM sessions s WHERE creator_id = $1 AND session_status_at(s, $2) IN ('running', 'paused') LIMIT 1`,
    profile(ana),
    new Date(now),
  );
  const group = await call(
    'SELECT id FROM groups g WHERE owner_id = $1 AND NOT group_has_ended(g, $2) ORDER BY created_at LIMIT 1',
    profile(ana),
    new Date(now),
  );
  if (running || !group) return;
  const ready = await call(
    'SELECT user_id FROM group_members WHERE group_id = $1 AND user_id = $2',
    group,
    profile(ben),
  );
  await beginSession(call, ready ? [profile(ana), ready] : [profile(ana)], group, now - since);
}
