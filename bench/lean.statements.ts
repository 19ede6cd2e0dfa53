/**
 * Minimal SQL that returns the same data as the API from the same tables and indexes, without the API's functions. $1 is the
 * caller; an unauthorized caller gets no row. Timestamps have PostgreSQL's JSON format. Only constraints are checked.
 */

const one = (rows: string): string => `SELECT row_to_json(x)::text AS body FROM (${rows}) x`;
const list = (rows: string): string => `SELECT coalesce(json_agg(x), '[]')::text AS body FROM (${rows}) x`;
const nested = (rows: string): string => `(SELECT coalesce(json_agg(y), '[]') FROM (${rows}) y)`;

const group = `g.id, g.owner_id, g.name, g.description, g.start_at, g.end_at, g.timezone, g.period, g.period_target_minutes,
  g.status, g.archived_at, g.created_at, g.updated_at`;
const session = 's.id, s.group_id, s.creator_id, s.status, s.scheduled_start, s.started_at, s.ended_at, s.created_at';
const user = "json_build_object('id', u.id, 'display_name', u.display_name, 'avatar_url', u.avatar_url) AS user";
const member = `
  SELECT m.group_id, m.user_id, m.role, m.override_period_target_minutes, m.created_at, ${user}
    FROM group_members m JOIN profiles u ON u.id = m.user_id`;

const isMember = 'EXISTS (SELECT FROM group_members c WHERE c.group_id = $2 AND c.user_id = $1)';

const me = one(`
  SELECT p.id, p.email, p.display_name, p.avatar_url, p.created_at, p.updated_at,
         ${nested(`SELECT g.id AS group_id, g.name, g.status, m.role FROM group_members m JOIN groups g ON g.id = m.group_id
                    WHERE m.user_id = p.id ORDER BY m.join_order DESC`)} AS memberships,
         (SELECT count(*) FROM notifications n WHERE n.recipient_id = p.id AND n.read_at IS NULL) AS unread_notifications
    FROM profiles p WHERE p.id = $1`);

const groups = list(`
  SELECT ${group} FROM group_members m JOIN groups g ON g.id = m.group_id
   WHERE m.user_id = $1 ORDER BY g.created_at DESC, g.id DESC LIMIT 20`);

const groupDetail = one(`
  SELECT ${group},
         ${nested(`${member} WHERE m.group_id = g.id ORDER BY m.role, m.join_order`)} AS members,
         ${nested(`SELECT * FROM (
             SELECT ${session} FROM sessions s WHERE s.group_id = g.id AND s.status <> 'ended'
             UNION ALL
             (SELECT ${session} FROM sessions s WHERE s.group_id = g.id AND s.status = 'ended'
               ORDER BY s.created_at DESC, s.id DESC LIMIT 20)) s ORDER BY s.created_at DESC, s.id DESC`)} AS sessions
    FROM groups g WHERE g.id = $2 AND ${isMember}`);

const members = list(`${member} WHERE m.group_id = $2 AND ${isMember} ORDER BY m.role, m.join_order`);

/** A log counts only the part after the latest end of the preceding logs, so that overlapping time counts once. */
const progress = `
  WITH period AS (
    SELECT g.id, g.period_target_minutes AS target, greatest(l.starts AT TIME ZONE g.timezone, g.start_at) AS starts,
           least((l.starts + CASE g.period WHEN 'daily' THEN interval '1 day' ELSE interval '7 days' END)
                 AT TIME ZONE g.timezone, g.end_at) AS ends
      FROM groups g CROSS JOIN LATERAL (
           SELECT date_trunc(CASE g.period WHEN 'daily' THEN 'day' ELSE 'week' END, now() AT TIME ZONE g.timezone)) l (starts)
     WHERE g.id = $2 AND ${isMember}
  ), logs AS (
    SELECT l.user_id, l.started_at, l.ended_at, false AS open FROM period p
      JOIN time_logs l ON l.group_id = p.id AND l.ended_at > p.starts AND l.started_at < p.ends
    UNION ALL
    SELECT l.user_id, l.started_at, now(), true FROM period p JOIN time_logs l ON l.group_id = p.id AND l.ended_at IS NULL
  ), pieces AS (
    SELECT l.user_id, l.open, greatest(l.started_at, p.starts) AS began, least(l.ended_at, p.ends) AS ended,
           max(l.ended_at) OVER (PARTITION BY l.user_id ORDER BY l.started_at
                                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered
      FROM logs l CROSS JOIN period p
  ), done AS (
    SELECT user_id, bool_or(open) AS running,
           floor(extract(epoch FROM sum(greatest(ended - greatest(began, covered), interval '0'))))::bigint AS seconds
      FROM pieces GROUP BY user_id
  ), race AS (
    SELECT now() AS as_of, m.group_id, m.user_id, p.starts AS period_start, p.ends AS period_end, coalesce(d.seconds, 0) AS seconds_done,
           coalesce(m.override_period_target_minutes, p.target) AS target_minutes,
           coalesce(d.seconds, 0) >= 60 * coalesce(m.override_period_target_minutes, p.target) AS goal_met,
           u.display_name, u.avatar_url, m.role,
           row_number() OVER (ORDER BY coalesce(d.seconds, 0) DESC, m.join_order) AS rank, coalesce(d.running, false) AS running
      FROM period p JOIN group_members m ON m.group_id = p.id JOIN profiles u ON u.id = m.user_id
      LEFT JOIN done d ON d.user_id = m.user_id
  )
  SELECT json_agg(race ORDER BY rank)::text AS body FROM race`;

const inbox = (before: string): string =>
  list(`
    SELECT n.id, n.recipient_id, n.kind, n.status, n.title, n.body, n.data, n.group_id,
           CASE WHEN m.id IS NOT NULL THEN json_build_object('id', g.id, 'name', g.name, 'status', g.status) END AS group,
           n.created_at, n.read_at
      FROM notifications n
      LEFT JOIN groups g ON g.id = n.group_id
      LEFT JOIN group_members m ON m.group_id = g.id AND m.user_id = n.recipient_id
     WHERE n.recipient_id = $1 ${before} ORDER BY n.created_at DESC, n.id DESC LIMIT 20`);

const createSession = `
  WITH s AS (
    INSERT INTO sessions (group_id, creator_id, created_at, expires_at)
    SELECT m.group_id, m.user_id, now(), now() + interval '1 day' FROM group_members m WHERE m.user_id = $1 AND m.group_id = $2
    RETURNING *
  ), p AS (
    INSERT INTO session_participants (session_id, user_id, role, session_created_at, session_ended)
    SELECT id, creator_id, 'host', created_at, false FROM s RETURNING *
  )
  ${one(`SELECT ${session}, ${nested(`SELECT p.session_id, p.user_id, p.role, p.joined_at, false AS running, 0 AS seconds_logged, ${user}
                                        FROM p JOIN profiles u ON u.id = p.user_id`)} AS participants
           FROM s`)}`;

/** The subquery sees the logs before the statement: an open log counts up to now, a log that it opens does not count. */
const verb = (change: string, logs: string, running: boolean): string => `
  WITH s AS (${change} RETURNING *), changed AS (${logs})
  ${one(`SELECT ${session}, ${nested(`
    SELECT p.session_id, p.user_id, p.role, p.joined_at, ${running} AS running, ${user},
           (SELECT coalesce(floor(sum(extract(epoch FROM upper(span) - lower(span)))), 0) FROM unnest((
              SELECT range_agg(tstzrange(l.started_at, coalesce(l.ended_at, now()))) FROM time_logs l
               WHERE l.participant_id = p.id)) span) AS seconds_logged
      FROM session_participants p JOIN profiles u ON u.id = p.user_id
     WHERE p.session_id = s.id AND p.left_at IS NULL ORDER BY p.role, p.joined_at`)} AS participants
           FROM s`)}`;

const pause = verb(
  `UPDATE sessions SET status = 'paused', running_since = NULL, last_verb_at = now()
    WHERE id = $2 AND creator_id = $1 AND status = 'running'`,
  `UPDATE time_logs l SET ended_at = now() FROM s JOIN session_participants p ON p.session_id = s.id
    WHERE l.participant_id = p.id AND l.ended_at IS NULL`,
  false,
);

const resume = verb(
  `UPDATE sessions SET status = 'running', running_since = now(), last_verb_at = now()
    WHERE id = $2 AND creator_id = $1 AND status = 'paused'`,
  `INSERT INTO time_logs (participant_id, group_id, user_id, started_at)
   SELECT p.id, s.group_id, p.user_id, now() FROM s JOIN session_participants p ON p.session_id = s.id WHERE p.left_at IS NULL`,
  true,
);

const addLog = `
  WITH l AS (
    INSERT INTO time_logs (participant_id, group_id, user_id, manual, started_at, ended_at)
    SELECT p.id, s.group_id, p.user_id, true, $3::timestamptz, $4::timestamptz
      FROM sessions s JOIN session_participants p ON p.session_id = s.id AND p.user_id = $1
     WHERE s.id = $2 AND $3 >= s.started_at AND $4 <= coalesce(s.ended_at, now())
    RETURNING *
  )
  ${one('SELECT l.id, $2::uuid AS session_id, l.user_id, l.started_at, l.ended_at, l.manual, l.created_at FROM l')}`;

export const statements = {
  me,
  groups,
  group: groupDetail,
  members,
  progress,
  inbox: inbox(''),
  inboxBefore: inbox('AND (n.created_at, n.id) < ($2::timestamptz, $3::uuid)'),
  createSession,
  pause,
  resume,
  addLog,
} as const;
