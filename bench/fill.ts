import type { Client } from 'pg';
import type { During } from './stage.js';

/** What one database holds. */
export interface Sizes {
  readonly people: number;
  readonly groups: number;
  readonly 'large-groups': number;
  /** Spread evenly over all memberships. */
  readonly logs: number;
  readonly days: number;
  readonly notifications: number;
}

const GROUP = 20;
const LARGE_GROUP = 200;
const PARTICIPANTS = 5;
const LOGS_A_SESSION = 2 * PARTICIPANTS;

/** One in so many people hosts a running session. */
const HOSTS = 4;

/** Logs that one statement makes, so that progress is seen. */
const LOGS_AT_ONCE = 100_000;

/** Columns hold milliseconds and would round; a rounded now() may lie in the future. */
const ms = `
  CREATE FUNCTION bench.ms(at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE
  RETURN date_trunc('milliseconds', at)`;

/**
 * Fills the database as years of use would have. Triggers are off for the sake of time, so what they derive is written
 * here too. The schema `bench` notes who and what there is, in an order, for the operations to choose from.
 */
export async function fill(client: Client, sizes: Sizes, during: During): Promise<void> {
  await client.query(`CREATE SCHEMA bench; ${ms}; SET session_replication_role = replica`);
  const step = (what: string, sql: string): Promise<unknown> => during(what, () => client.query(sql));
  await step(`filling in ${sizes.people} people`, people(sizes));
  await step(
    `filling in ${sizes.groups} groups of ${GROUP}, ${sizes['large-groups']} of ${LARGE_GROUP}`,
    groups(sizes),
  );
  await client.query(sessionPlan(sizes));
  await during(`filling in ${sizes.logs} logs over ${sizes.days} days`, (progress) =>
    fillSessions(client, sizes, progress),
  );
  await step('filling in sessions that run', runningSessions());
  await step(`filling in ${sizes.notifications} notifications a person`, `${notifications(sizes)}; ${countUnread}`);
  await client.query('SET session_replication_role = origin');
  await step('counting the streaks, as a job does every day', streaks);
}

/** The oldest first, as they would have come: neighbours on disk are of one time, not of one group. */
async function fillSessions(client: Client, { logs, days }: Sizes, progress: (share: number) => void): Promise<void> {
  const slices = Math.ceil(logs / LOGS_AT_ONCE);
  for (let slice = slices; slice > 0; slice--) {
    await client.query(sessions((slice - 1) / slices, slice / slices, days));
    progress(1 - (slice - 1) / slices);
  }
}

/** What autovacuum would have done long ago. */
export async function settle(client: Client, tables = ''): Promise<void> {
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

/** Neighbours share a group; each round through the people shifts a little, so that no two groups are the same. */
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

/** How many sessions each group has had: alike for every membership. */
function sessionPlan({ logs }: Sizes): string {
  return `
    CREATE TABLE bench.plan AS
    SELECT g.n, ceil(g.size * ${logs}.0 / ${LOGS_A_SESSION} / (SELECT count(*) FROM bench.members))::integer AS sessions
      FROM bench.groups g`;
}

/** A slice of them: evenly over so many days up to today, at the same hours in every group. */
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

/** Begun two hours ago, with the host and one more; each host has just one. */
function runningSessions(): string {
  return `
    CREATE TABLE bench.hosts AS
    SELECT DISTINCT ON (m.person_n) m.person_n, m.user_id, m.group_n, m.group_id, m.size, m.k, gen_random_uuid() AS session_id,
           bench.ms(now() - interval '2 hours') AS at
      FROM bench.members m WHERE m.person_n % ${HOSTS} = 0 AND m.size <= ${GROUP} ORDER BY m.person_n, m.group_n;
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

/** Mostly read, a tenth of them answered invites; all of groups that the recipient is in. */
function notifications({ notifications, days }: Sizes): string {
  return `
    INSERT INTO notifications (recipient_id, kind, status, title, body, data, group_id, created_at, read_at)
    SELECT p.id, CASE WHEN i % 10 = 9 THEN 'group_invite' ELSE 'generic' END::notification_kind,
           CASE WHEN i % 10 = 9 THEN 'accepted' WHEN i < 10 THEN 'pending' ELSE 'read' END::notification_status,
           'You are in ' || g.name, 'Person ' || i || ' has added you to ' || g.name || '.',
           jsonb_build_object('event', CASE WHEN i % 10 = 9 THEN 'group_invite' ELSE 'member_added' END,
                              'actor_id', g.owner_id, 'group_name', g.name),
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

/** Takes back what a round of verbs or logs by hand has left, so that every round begins alike. */
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
