import { Migration } from '@mikro-orm/migrations';

/** Making and joining sessions, time by hand, and how a session is shown. */
export class Migration20261122100500TimeLogs extends Migration {
  override name = '20261122100500_time_logs';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = String.raw`
-- Makes a session that the caller hosts; without a group it is a solo session. LK404 unless a member of the group, LKARC,
-- LKSCH beyond 20 scheduled ones; a start more than 60 s in the past is told as a broken constraint.
CREATE FUNCTION create_session(caller uuid, group_id uuid, scheduled_start timestamptz, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
  made uuid;
BEGIN
  IF create_session.scheduled_start < at - interval '60 seconds' THEN
    RAISE EXCEPTION 'the start lies in the past'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sessions_scheduled_start_not_past';
  END IF;
  IF create_session.group_id IS NOT NULL THEN
    PERFORM require_member(create_session.group_id, caller);
    SELECT * INTO g FROM groups WHERE id = create_session.group_id FOR SHARE;
    PERFORM require_active(g, at);
  END IF;
  PERFORM lock_host(caller);
  IF 20 <= (SELECT count(*) FROM sessions s WHERE s.creator_id = caller AND s.status = 'scheduled'
               AND session_status_at(s, at) = 'scheduled') THEN
    RAISE EXCEPTION 'a host has at most 20 scheduled sessions' USING ERRCODE = 'LKSCH';
  END IF;
  INSERT INTO sessions (group_id, creator_id, scheduled_start, created_at)
  VALUES (create_session.group_id, caller, to_ms(create_session.scheduled_start), at) RETURNING id INTO made;
  INSERT INTO session_participants (session_id, user_id, role, joined_at) VALUES (made, caller, 'host', at);
  RETURN made;
END $$;

-- Takes part in a locked session, or is back; true if that changed anything. Joining one that runs opens a segment.
-- LK403 unless a member of its group, LKARC once that is over.
CREATE FUNCTION enter_session(s sessions, person uuid, at timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
  joined uuid;
BEGIN
  IF EXISTS (SELECT FROM session_participants p
              WHERE p.session_id = s.id AND p.user_id = person AND p.left_at IS NULL) THEN
    RETURN false;
  END IF;
  SELECT * INTO g FROM groups WHERE id = s.group_id;
  PERFORM require_role(g.id, person, 'owner', 'admin', 'member');
  PERFORM require_active(g, at);
  INSERT INTO session_participants (session_id, user_id, joined_at) VALUES (s.id, person, at)
  ON CONFLICT ON CONSTRAINT session_participants_session_id_user_id_key
    DO UPDATE SET left_at = NULL, joined_at = excluded.joined_at
  RETURNING id INTO joined;
  IF s.status = 'running' THEN
    INSERT INTO time_logs (participant_id, started_at) VALUES (joined, greatest(at, s.last_verb_at));
  END IF;
  RETURN true;
END $$;

-- Joins (SPEC 4), also after the end while the group is active. Repeating it is without effect.
CREATE FUNCTION join_session(caller uuid, session_id uuid, at timestamptz,
  OUT created boolean, OUT body text)
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  created := enter_session(lock_session(session_id, caller, at), caller, at);
  body := (SELECT shown::text
             FROM session_participants p CROSS JOIN LATERAL participant_json(p, at) AS shown
            WHERE p.session_id = join_session.session_id AND p.user_id = caller);
END $$;

-- Leaves: closes the segment that runs and keeps the logs. LK404, LK403 for anybody but oneself, LKHST for the host.
CREATE FUNCTION leave_session(caller uuid, session_id uuid, person uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions := lock_session(session_id, caller, at);
BEGIN
  IF person <> caller THEN
    RAISE EXCEPTION 'everybody leaves for themselves' USING ERRCODE = 'LK403';
  ELSIF s.creator_id = person THEN
    RAISE EXCEPTION 'the host cannot leave' USING ERRCODE = 'LKHST';
  END IF;
  PERFORM take_out_of_session(s.id, person, at);
  PERFORM award_milestones(s.group_id, at);
END $$;

CREATE FUNCTION take_out_of_session(session_id uuid, person uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  participant uuid;
BEGIN
  UPDATE session_participants p SET left_at = at
   WHERE p.session_id = take_out_of_session.session_id AND p.user_id = person AND p.left_at IS NULL
  RETURNING p.id INTO participant;
  DELETE FROM time_logs l WHERE l.participant_id = participant AND l.ended_at IS NULL AND l.started_at >= at;
  UPDATE time_logs l SET ended_at = at WHERE l.participant_id = participant AND l.ended_at IS NULL;
END $$;

-- What leaving a group does to its open sessions (SPEC 4): hosted ones end for good, the person is out of the others.
CREATE FUNCTION leave_group_sessions(group_id uuid, person uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  open_session uuid;
  s sessions;
BEGIN
  PERFORM lock_host(person);
  FOR open_session IN SELECT o.id FROM sessions o
                       WHERE o.group_id = leave_group_sessions.group_id AND o.status <> 'ended' ORDER BY o.id LOOP
    s := lock_session(open_session, person, at);
    CONTINUE WHEN s.status = 'ended';
    IF s.creator_id IS DISTINCT FROM person THEN
      PERFORM take_out_of_session(s.id, person, at);
    ELSE
      PERFORM end_session(s.id, greatest(at, s.last_verb_at), false);
    END IF;
  END LOOP;
END $$;

-- Adds time by hand, joining where needed (SPEC 5). LK404, LKARC; LKLOG by trigger.
CREATE FUNCTION add_log(caller uuid, session_id uuid, started_at timestamptz, ended_at timestamptz, at timestamptz)
RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions;
  made time_logs;
BEGIN
  IF add_log.ended_at <= add_log.started_at THEN
    RAISE EXCEPTION 'the log ends before it starts'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'time_logs_end_after_start';
  END IF;
  s := lock_session(session_id, caller, at);
  PERFORM require_active(g, at) FROM groups g WHERE g.id = s.group_id;
  PERFORM enter_session(s, caller, at);
  INSERT INTO time_logs (participant_id, manual, started_at, ended_at, created_at)
  SELECT p.id, true, to_ms(add_log.started_at), to_ms(add_log.ended_at), at
    FROM session_participants p WHERE p.session_id = s.id AND p.user_id = caller
  RETURNING * INTO made;
  PERFORM award_milestones(s.group_id, at);
  RETURN log_json(made, s, at)::text;
END $$;

-- Takes back a log by hand. LK404, LK403 unless it is one's own and by hand, LKARC.
CREATE FUNCTION delete_log(caller uuid, session_id uuid, log_id uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions := lock_session(session_id, caller, at);
  l time_logs;
BEGIN
  SELECT logs.* INTO l FROM time_logs logs JOIN session_participants p ON p.id = logs.participant_id
   WHERE logs.id = log_id AND p.session_id = s.id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such log' USING ERRCODE = 'LK404';
  ELSIF l.user_id <> caller OR NOT l.manual THEN
    RAISE EXCEPTION 'only the author takes back a log by hand' USING ERRCODE = 'LK403';
  END IF;
  PERFORM require_active(g, at) FROM groups g WHERE g.id = s.group_id;
  DELETE FROM time_logs WHERE id = l.id;
END $$;

CREATE FUNCTION session_json(s sessions, at timestamptz) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_object(
  'id', s.id, 'group_id', s.group_id, 'creator_id', s.creator_id, 'status', session_status_at(s, at),
  'scheduled_start', rfc3339(s.scheduled_start), 'started_at', rfc3339(s.started_at),
  'ended_at', rfc3339(session_end_at(s, at)), 'created_at', rfc3339(s.created_at));

-- A log; a running segment of a session that has ended by itself reads as closed there.
CREATE FUNCTION log_json(l time_logs, s sessions, at timestamptz) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_object(
  'id', l.id, 'session_id', s.id, 'user_id', l.user_id, 'started_at', rfc3339(l.started_at),
  'ended_at', rfc3339(coalesce(l.ended_at, session_end_at(s, at))), 'manual', l.manual,
  'created_at', rfc3339(l.created_at));

-- A participant as the API shows it, with the whole seconds logged in the session up to the instant; time that overlaps
-- counts once (SPEC 6). One row of one column: such a function becomes part of the statement that lists participants.
CREATE FUNCTION participant_json(p session_participants, at timestamptz) RETURNS SETOF json
LANGUAGE sql STABLE ROWS 1
BEGIN ATOMIC
  SELECT json_build_object(
           'session_id', p.session_id, 'user_id', p.user_id, 'role', p.role, 'joined_at', rfc3339(p.joined_at),
           'running', coalesce(logged.open AND session_status_at(s, at) = 'running', false),
           'seconds_logged', (SELECT coalesce(floor(sum(extract(epoch FROM upper(span) - lower(span)))), 0)
                                FROM unnest(logged.spans) AS span),
           'user', user_summary(u))
    FROM sessions s
    JOIN profiles u ON u.id = p.user_id
   CROSS JOIN LATERAL (
     SELECT range_agg(tstzrange(l.started_at, piece.ended)) FILTER (WHERE l.started_at < piece.ended) AS spans,
            bool_or(l.ended_at IS NULL) AS open
       FROM time_logs l
      CROSS JOIN LATERAL (SELECT coalesce(l.ended_at, least(s.expires_at, at)) AS ended) AS piece
      WHERE l.participant_id = p.id) AS logged
   WHERE s.id = p.session_id;
END;

-- Those who take part as a JSON array: the host first, then by joining.
CREATE FUNCTION participant_list(session_id uuid, at timestamptz) RETURNS json
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT coalesce(json_agg(shown ORDER BY p.role, p.joined_at, p.id), '[]')
      FROM session_participants p CROSS JOIN LATERAL participant_json(p, at) AS shown
     WHERE p.session_id = participant_list.session_id AND p.left_at IS NULL);
END $$;

-- A session with its participants. VOLATILE, so that it sees what a verb in the same statement has just written.
CREATE FUNCTION session_detail(session_id uuid, at timestamptz) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (SELECT json_with(session_json(s, at), json_build_object('participants', participant_list(s.id, at)))::text
            FROM sessions s WHERE s.id = session_id);
END $$;

-- The sessions that a group shows: all open ones and the 20 latest ended, newest first (SPEC 4).
CREATE FUNCTION group_session_list(group_id uuid, at timestamptz) RETURNS json
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT coalesce(json_agg(session_json(s, at) ORDER BY s.created_at DESC, s.id DESC), '[]')
      FROM sessions s
     WHERE s.id IN (SELECT o.id FROM sessions o
                     WHERE o.group_id = group_session_list.group_id AND o.status <> 'ended'
                       AND session_status_at(o, at) <> 'ended'
                    UNION ALL
                    (SELECT e.id FROM sessions e
                      WHERE e.group_id = group_session_list.group_id AND session_status_at(e, at) = 'ended'
                      ORDER BY e.created_at DESC, e.id DESC LIMIT 20)));
END $$;

-- A group with its members and sessions. VOLATILE, so that it sees what the same statement has just written.
CREATE FUNCTION group_detail(group_id uuid, at timestamptz) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (SELECT json_with(group_json(g, at), json_build_object(
                   'members', group_member_list(g.id), 'sessions', group_session_list(g.id, at)))::text
            FROM groups g WHERE g.id = group_detail.group_id);
END $$;
`;

const down = `
DROP FUNCTION group_detail(uuid, timestamptz);
DROP FUNCTION group_session_list(uuid, timestamptz);
DROP FUNCTION session_detail(uuid, timestamptz);
DROP FUNCTION participant_list(uuid, timestamptz);
DROP FUNCTION participant_json(session_participants, timestamptz);
DROP FUNCTION log_json(time_logs, sessions, timestamptz);
DROP FUNCTION session_json(sessions, timestamptz);
DROP FUNCTION delete_log(uuid, uuid, uuid, timestamptz);
DROP FUNCTION add_log(uuid, uuid, timestamptz, timestamptz, timestamptz);
DROP FUNCTION leave_group_sessions(uuid, uuid, timestamptz);
DROP FUNCTION take_out_of_session(uuid, uuid, timestamptz);
DROP FUNCTION leave_session(uuid, uuid, uuid, timestamptz);
DROP FUNCTION join_session(uuid, uuid, timestamptz);
DROP FUNCTION enter_session(sessions, uuid, timestamptz);
DROP FUNCTION create_session(uuid, uuid, timestamptz, timestamptz);
`;
