import type { Client } from 'pg';
import type { WithProgress } from './environment.js';

/** The number of rows in one database. */
export interface Sizes {
  readonly people: number;
  readonly groups: number;
  readonly 'large-groups': number;
  /** Distributed evenly over all memberships. */
  readonly logs: number;
  readonly days: number;
  readonly notifications: number;
}

const GROUP = 20;
const LARGE_GROUP = 200;
const PARTICIPANTS = 5;
const LOGS_PER_SESSION = 2 * PARTICIPANTS;

/** One user in HOST_RATIO hosts a running session. */
const HOST_RATIO = 4;

/** Logs per statement; progress is shown after each. */
const LOGS_PER_STATEMENT = 100_000;

/** Columns have millisecond precision and round; now() rounded up would be in the future. */
const ms = `
  CREATE FUNCTION bench.ms(at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE
  RETURN date_trunc('milliseconds', at)`;

/**
 * Seeds the database. Triggers are disabled to save time, so the values that they derive are inserted here too. The schema
 * `bench` lists the seeded rows, from which the operations select.
 */
export async function seed(client: Client, sizes: Sizes, withProgress: WithProgress): Promise<void> {
  await client.query(`CREATE SCHEMA bench; ${ms}; SET session_replication_role = replica`);
  const step = (what: string, sql: string): Promise<unknown> => withProgress(what, () => client.query(sql));
  await step(`inserting ${sizes.people} people`, people(sizes));
  await step(`inserting ${sizes.groups} groups of ${GROUP}, ${sizes['large-groups']} of ${LARGE_GROUP}`, groups(sizes));
  await client.query(sessionPlan(sizes));
  await withProgress(`inserting ${sizes.logs} logs over ${sizes.days} days`, (progress) =>
    seedSessions(client, sizes, progress),
  );
  await step('inserting running sessions', runningSessions());
  await step(`inserting ${sizes.notifications} notifications per user`, `${notifications(sizes)}; ${countUnread}`);
  await client.query('SET session_replication_role = origin');
  await step('computing streaks, as the daily job does', streaks);
}

/** Inserts the oldest first, so that rows are ordered on disk by time and not by group, as in production. */
async function seedSessions(client: Client, { logs, days }: Sizes, progress: (share: number) => void): Promise<void> {
  const slices = Math.ceil(logs / LOGS_PER_STATEMENT);
  for (let slice = slices; slice > 0; slice--) {
    await client.query(sessions((slice - 1) / slices, slice / slices, days));
    progress(1 - (slice - 1) / slices);
  }
}

/** Vacuums and analyzes, as autovacuum would in production. */
export async function vacuum(client: Client, tables = ''): Promise<void> {
  await client.query(`VACUUM (ANALYZE) ${tables}`);
  if (tables === '') await client.query('CHECKPOINT');
}

function people({ people }: Sizes): string {
  return `
    CREATE TABLE bench.people AS SELECT n, gen_random_uuid() AS id FROM generate_series(0, ${people - 1}) n;
    ALTER TABLE bench.people ADD PRIMARY KEY (n);
    INSERT INTO profiles (id, display_name, avatar_url)
    SELECT id, 'Person ' || n, CASE WHEN n % 3 > 0 THEN format('https://avatars.example.org/avatars/%s/%s.png', id, n) END
      FROM bench.people;
    INSERT INTO auth_identities (provider, subject, profile_id) SELECT 'cognito', 'person-' || n, id FROM bench.people`;
}

/** Consecutive users share a group; the offset shifts with each cycle, so that no two groups have the same members. */
function groups({ people, groups, 'large-groups': large, days }: Sizes): string {
  return `
    CREATE TABLE bench.groups AS
    SELECT n, gen_random_uuid() AS id, least(size, ${people}) AS size, (n * size + n * size / ${people} * 7) % ${people} AS first
      FROM (SELECT n, CASE WHEN n < ${groups} THEN ${GROUP} ELSE ${LARGE_GROUP} END AS size
              FROM generate_series(0, ${groups + large - 1}) n) sized;
    CREATE TABLE bench.members AS
    SELECT g.n AS group_n, g.id AS group_id, g.size, k, p.n AS person_n, p.id AS user_id
      FROM bench.groups g CROSS JOIN generate_series(0, g.size - 1) k JOIN bench.people p ON p.n = (g.first + k) % ${people};
    ALTER TABLE bench.members ADD PRIMARY KEY (group_n, k);
    INSERT INTO groups (id, owner_id, name, description, start_at, end_at, timezone, period, period_target_minutes, created_at)
    SELECT m.group_id, m.user_id, 'Group ' || m.group_n, 'We focus together.', bench.ms(now() - interval '${days + 7} days'),
           bench.ms(now() + interval '90 days'), (ARRAY['UTC', 'Europe/Paris', 'Asia/Kolkata', 'America/New_York'])[m.group_n / 4 % 4 + 1],
           CASE WHEN m.group_n / 2 % 2 = 0 THEN 'weekly' ELSE 'daily' END::group_period,
           CASE WHEN m.group_n / 2 % 2 = 0 THEN 300 ELSE 60 END, bench.ms(now() - m.group_n * interval '1 hour')
      FROM bench.members m WHERE m.k = 0;
    INSERT INTO group_members (group_id, user_id, role, override_period_target_minutes, created_at, group_created_at)
    SELECT m.group_id, m.user_id, CASE m.k WHEN 0 THEN 'owner' WHEN 1 THEN 'admin' ELSE 'member' END::member_role,
           CASE WHEN m.k % 10 = 9 THEN 30 END, bench.ms(now() - interval '${days + 7} days' + m.k * interval '1 minute'), g.created_at
      FROM bench.members m JOIN groups g ON g.id = m.group_id;
    INSERT INTO target_changes (group_id, target_minutes, changed_at) SELECT id, period_target_minutes, start_at FROM groups;
    INSERT INTO target_changes (group_id, user_id, target_minutes, changed_at)
    SELECT group_id, user_id, override_period_target_minutes, created_at FROM group_members
     WHERE override_period_target_minutes IS NOT NULL`;
}

/** The number of past sessions of each group, in proportion to its size. */
function sessionPlan({ logs }: Sizes): string {
  return `
    CREATE TABLE bench.plan AS
    SELECT g.n, ceil(g.size * ${logs}.0 / ${LOGS_PER_SESSION} / (SELECT count(*) FROM bench.members))::integer AS sessions
      FROM bench.groups g`;
}

/** A slice of the past sessions, spread evenly over the days, at the same times in every group. */
function sessions(from: number, to: number, days: number): string {
  return `
    DROP TABLE IF EXISTS bench.made;
    CREATE TABLE bench.made AS
    SELECT g.n, g.id AS group_id, g.size, j, gen_random_uuid() AS id,
           bench.ms(now() - interval '4 hours' - (j + 0.5) / p.sessions * interval '${days} days') AS at
      FROM bench.groups g JOIN bench.plan p ON p.n = g.n
     CROSS JOIN generate_series(ceil(${from} * p.sessions)::integer, ceil(${to} * p.sessions)::integer - 1) j;
    INSERT INTO sessions (id, group_id, creator_id, status, started_at, ended_at, last_verb_at, stopped_by_host, created_at)
    SELECT s.id, s.group_id, m.user_id, 'ended', s.at, s.at + interval '50 minutes', s.at + interval '50 minutes', true, s.at
      FROM bench.made s JOIN bench.members m ON m.group_n = s.n AND m.k = s.j * ${PARTICIPANTS} % s.size;
    WITH joined AS (
      INSERT INTO session_participants (session_id, user_id, role, joined_at, session_created_at, session_ended, logged)
      SELECT s.id, m.user_id, CASE i WHEN 0 THEN 'host' ELSE 'participant' END::session_role, s.at, s.at, true, interval '40 minutes'
        FROM bench.made s CROSS JOIN generate_series(0, ${PARTICIPANTS - 1}) i
        JOIN bench.members m ON m.group_n = s.n AND m.k = (s.j * ${PARTICIPANTS} + i) % s.size
      RETURNING id, user_id, session_id, joined_at)
    INSERT INTO time_logs (participant_id, group_id, user_id, started_at, ended_at, created_at)
    SELECT p.id, s.group_id, p.user_id, p.joined_at + half * interval '30 minutes',
           p.joined_at + half * interval '30 minutes' + interval '20 minutes', p.joined_at
      FROM joined p JOIN bench.made s ON s.id = p.session_id CROSS JOIN generate_series(0, 1) half`;
}

/** Sessions that started two hours ago, with a host and one participant; one per host. */
function runningSessions(): string {
  return `
    CREATE TABLE bench.hosts AS
    SELECT DISTINCT ON (m.person_n) m.person_n, m.user_id, m.group_n, m.group_id, m.size, m.k, gen_random_uuid() AS session_id,
           bench.ms(now() - interval '2 hours') AS at
      FROM bench.members m WHERE m.person_n % ${HOST_RATIO} = 0 AND m.size <= ${GROUP} ORDER BY m.person_n, m.group_n;
    INSERT INTO sessions (id, group_id, creator_id, status, started_at, running_since, last_verb_at, expires_at, created_at)
    SELECT session_id, group_id, user_id, 'running', at, at, at, at + interval '12 hours', at FROM bench.hosts;
    INSERT INTO session_participants (session_id, user_id, role, joined_at, session_created_at, session_ended, logged)
    SELECT h.session_id, m.user_id, CASE i WHEN 0 THEN 'host' ELSE 'participant' END::session_role, h.at, h.at, false, '0'
      FROM bench.hosts h CROSS JOIN generate_series(0, 1) i
      JOIN bench.members m ON m.group_n = h.group_n AND m.k = (h.k + i) % h.size;
    ${openSegments}`;
}

const openSegments = `
    INSERT INTO time_logs (participant_id, group_id, user_id, started_at, created_at)
    SELECT p.id, h.group_id, p.user_id, h.at, h.at FROM bench.hosts h JOIN session_participants p ON p.session_id = h.session_id`;

/** Mostly read notifications, one in ten an accepted invite, all of groups of the recipient. */
function notifications({ notifications, days }: Sizes): string {
  return `
    INSERT INTO notifications (recipient_id, kind, status, title, body, data, group_id, created_at, read_at)
    SELECT p.id, CASE WHEN i % 10 = 9 THEN 'group_invite' ELSE 'generic' END::notification_kind,
           CASE WHEN i % 10 = 9 THEN 'accepted' WHEN i < 10 THEN 'pending' ELSE 'read' END::notification_status,
           'You are in ' || g.name, 'Person ' || i || ' has added you to ' || g.name || '.',
           jsonb_build_object('event', CASE WHEN i % 10 = 9 THEN 'group_invite' ELSE 'member_added' END,
                              'actor_id', g.owner_id, 'actor_name', 'Person ' || i, 'group_name', g.name),
           g.id, at.made, CASE WHEN i >= 10 OR i % 10 = 9 THEN at.made + interval '5 minutes' END
      FROM bench.people p
      JOIN (SELECT person_n, array_agg(group_id ORDER BY group_n) AS ids FROM bench.members GROUP BY 1) m ON m.person_n = p.n
     CROSS JOIN generate_series(0, ${notifications - 1}) i
     CROSS JOIN LATERAL (SELECT bench.ms(now() - interval '1 hour' - (i + p.n % 100 * 0.01) * interval '${days} days' / ${notifications})) at (made)
      JOIN groups g ON g.id = m.ids[i % cardinality(m.ids) + 1]`;
}

const streaks = `
  INSERT INTO remembered_streaks (group_id, until) SELECT id, start_at FROM groups;
  SELECT remember_streaks(bench.ms(now()), (SELECT count(*)::integer FROM groups))`;

export const countUnread = `
  TRUNCATE unread_changes;
  INSERT INTO unread_changes (recipient_id, change) SELECT recipient_id, count(*) FROM notifications WHERE read_at IS NULL GROUP BY 1`;

/** Undoes a round of pausing, resuming or manual logs, so that every round starts from the same state. */
export const resetRunningSessions = `
  SET session_replication_role = replica;
  DELETE FROM time_logs l USING session_participants p, bench.hosts h
   WHERE p.session_id = h.session_id AND l.participant_id = p.id AND l.started_at >= h.at;
  UPDATE session_participants p
     SET logged = coalesce((SELECT sum(l.ended_at - l.started_at) FROM time_logs l WHERE l.participant_id = p.id), '0')
    FROM bench.hosts h WHERE p.session_id = h.session_id;
  UPDATE sessions s SET status = 'running', running_since = h.at, last_verb_at = h.at, expires_at = h.at + interval '12 hours'
    FROM bench.hosts h WHERE s.id = h.session_id;
  ${openSegments};
  SET session_replication_role = origin`;

export const removeScheduledSessions = "DELETE FROM sessions WHERE status = 'scheduled'";
