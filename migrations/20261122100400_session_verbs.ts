import { Migration } from '@mikro-orm/migrations';

/** The state machine of SPEC 5: scheduled -> running <-> paused -> ended. Verbs on one session take turns on its row. */
export class Migration20261122100400SessionVerbs extends Migration {
  override name = '20261122100400_session_verbs';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = String.raw`
-- Who may read a session: its participants and the members of its group (SPEC 4). Not in SQL, which PostgreSQL before 18
-- would plan anew in every transaction.
CREATE FUNCTION session_visible_to(s sessions, viewer uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM session_participants p
                  WHERE p.session_id = s.id AND p.user_id = viewer AND p.left_at IS NULL)
      OR EXISTS (SELECT FROM group_members m WHERE m.group_id = s.group_id AND m.user_id = viewer);
END $$;

-- Closes the running segments of a session at a moment; one that would close before it began is dropped (SPEC 5).
CREATE FUNCTION close_segments(session_id uuid, moment timestamptz, by_expiry boolean) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM time_logs l USING session_participants p
   WHERE p.session_id = close_segments.session_id AND l.participant_id = p.id
     AND l.ended_at IS NULL AND l.started_at >= moment;
  UPDATE time_logs l SET ended_at = moment, closed_by_expiry = by_expiry FROM session_participants p
   WHERE p.session_id = close_segments.session_id AND l.participant_id = p.id AND l.ended_at IS NULL;
END $$;

-- Opens a segment for everybody present, at the later of the moment and the person's joining (SPEC 5). The host is there
-- from the start, which may precede the session's creation.
CREATE FUNCTION open_segments(session_id uuid, moment timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO time_logs (participant_id, started_at)
  SELECT p.id, CASE p.role WHEN 'host' THEN moment ELSE greatest(moment, p.joined_at) END
    FROM session_participants p
   WHERE p.session_id = open_segments.session_id AND p.left_at IS NULL;
END $$;

-- Ends an open session at a moment, or with its last closed log if that is later: closed logs are never altered (SPEC 5).
CREATE FUNCTION end_session(session_id uuid, moment timestamptz, by_expiry boolean) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM close_segments(end_session.session_id, moment, by_expiry);
  UPDATE sessions s
     SET status = 'ended', running_since = NULL, stopped_by_host = NOT by_expiry,
         ended_at = greatest(moment, s.started_at,
           (SELECT max(l.ended_at) FROM session_participants p JOIN time_logs l ON l.participant_id = p.id
             WHERE p.session_id = s.id))
   WHERE s.id = end_session.session_id;
END $$;

-- Writes the end that an open, locked session came to by itself, and tells its host (SPEC 5).
CREATE FUNCTION expire_session(s sessions, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM end_session(s.id, s.expires_at, true);
  IF s.creator_id IS NOT NULL THEN
    PERFORM notify(s.creator_id, 'session_reminder', s.group_id, 'session_ended_by_itself', s.creator_id, at,
                   jsonb_build_object('session_id', s.id));
  END IF;
END $$;

-- Locks a session for a change and returns it, after writing the end that it may have come to by itself.
-- Raises LK404 unless the caller may read it.
CREATE FUNCTION lock_session(session_id uuid, caller uuid, at timestamptz) RETURNS sessions
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions;
BEGIN
  SELECT * INTO s FROM sessions WHERE id = session_id FOR NO KEY UPDATE;
  IF NOT FOUND OR NOT session_visible_to(s, caller) THEN
    RAISE EXCEPTION 'no such session' USING ERRCODE = 'LK404';
  END IF;
  IF s.expires_at <= at THEN
    PERFORM expire_session(s, at);
    SELECT * INTO s FROM sessions WHERE id = session_id;
  END IF;
  RETURN s;
END $$;

-- The same for the verbs, which are the host's: LK403 for anybody else.
CREATE FUNCTION lock_hosted_session(session_id uuid, caller uuid, at timestamptz) RETURNS sessions
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions := lock_session(session_id, caller, at);
BEGIN
  IF s.creator_id IS DISTINCT FROM caller THEN
    RAISE EXCEPTION 'only the host may do this' USING ERRCODE = 'LK403';
  END IF;
  RETURN s;
END $$;

-- When a verb takes effect: the time that the phone says, else now (at). Raises LK400 if that is over 60 s in the future or
-- over 7 days back; less than 60 s in the future is clock skew and taken as now (SPEC 5).
CREATE FUNCTION verb_moment(said timestamptz, at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF said > at + interval '60 seconds' OR said < at - interval '168 hours' THEN
    RAISE EXCEPTION '% is out of range', said USING ERRCODE = 'LK400';
  END IF;
  RETURN least(said, at);
END $$;

-- Refuses a moment before the session's previous verb (LKBEF). Without a said time it is never refused: a verb that waited
-- for another one takes effect no earlier than that one.
CREATE FUNCTION verb_moment_after(s sessions, said timestamptz, moment timestamptz) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF said IS NOT NULL AND moment < s.last_verb_at THEN
    RAISE EXCEPTION 'the previous verb was later' USING ERRCODE = 'LKBEF';
  END IF;
  RETURN greatest(moment, s.last_verb_at);
END $$;

-- Raises LKSTA: the step is not in the state machine.
CREATE FUNCTION refuse_transition(s sessions, verb text) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'a session that is % cannot %', s.status, verb USING ERRCODE = 'LKSTA';
END $$;

-- Refuses a second running session with the first one's id as detail (LKRUN). One that has ended by itself is written so
-- and no longer counts.
CREATE FUNCTION require_no_running_session(host uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions;
BEGIN
  SELECT * INTO s FROM sessions WHERE creator_id = host AND status = 'running';
  IF FOUND THEN
    s := lock_session(s.id, host, at);
  END IF;
  IF s.status = 'running' THEN
    RAISE EXCEPTION 'the host has a running session' USING ERRCODE = 'LKRUN', DETAIL = s.id::text;
  END IF;
END $$;

-- Lets what one host does to several sessions take turns.
CREATE FUNCTION lock_host(host uuid) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT pg_advisory_xact_lock(hashtextextended('host ' || host, 0));
END;

-- Before a session is to run: locks it and the one that the host may have running by their ids, the order in which
-- everybody locks several sessions; the other way round a member who leaves the group at that moment would deadlock.
CREATE FUNCTION lock_host_to_run(host uuid, session_id uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM lock_host(host);
  PERFORM FROM sessions s WHERE s.creator_id = host AND (s.id = session_id OR s.status = 'running')
    ORDER BY s.id FOR NO KEY UPDATE;
END $$;

-- scheduled -> running. LK400, LK404, LK403, LKSTA, LKRUN; on a running session it is without effect.
CREATE FUNCTION start_session(caller uuid, session_id uuid, said timestamptz, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  moment timestamptz := verb_moment(said, at);
  s sessions;
BEGIN
  PERFORM lock_host_to_run(caller, session_id);
  s := lock_hosted_session(session_id, caller, at);
  IF s.status = 'running' THEN
    RETURN s.id;
  ELSIF s.status <> 'scheduled' THEN
    PERFORM refuse_transition(s, 'start');
  END IF;
  PERFORM require_no_running_session(caller, at);
  UPDATE sessions SET status = 'running', started_at = moment, running_since = moment, last_verb_at = moment
   WHERE id = s.id;
  PERFORM open_segments(s.id, moment);
  PERFORM lock_session(s.id, caller, at);
  RETURN s.id;
END $$;

-- running -> paused. LK400, LK404, LK403, LKSTA, LKBEF; on a paused session it is without effect.
CREATE FUNCTION pause_session(caller uuid, session_id uuid, said timestamptz, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  moment timestamptz := verb_moment(said, at);
  s sessions := lock_hosted_session(session_id, caller, at);
BEGIN
  IF s.status = 'paused' THEN
    RETURN s.id;
  ELSIF s.status <> 'running' THEN
    PERFORM refuse_transition(s, 'pause');
  END IF;
  moment := verb_moment_after(s, said, moment);
  PERFORM close_segments(s.id, moment, false);
  UPDATE sessions SET status = 'paused', running_since = NULL, last_verb_at = moment WHERE id = s.id;
  PERFORM award_milestones(s.group_id, at);
  RETURN s.id;
END $$;

-- paused -> running. LK400, LK404, LK403, LKSTA, LKBEF, LKRUN; on a running session it is without effect.
CREATE FUNCTION resume_session(caller uuid, session_id uuid, said timestamptz, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  moment timestamptz := verb_moment(said, at);
  s sessions;
BEGIN
  PERFORM lock_host_to_run(caller, session_id);
  s := lock_hosted_session(session_id, caller, at);
  IF s.status = 'running' THEN
    RETURN s.id;
  ELSIF s.status <> 'paused' THEN
    PERFORM refuse_transition(s, 'resume');
  END IF;
  moment := verb_moment_after(s, said, moment);
  PERFORM require_no_running_session(caller, at);
  UPDATE sessions SET status = 'running', running_since = moment, last_verb_at = moment WHERE id = s.id;
  PERFORM open_segments(s.id, moment);
  PERFORM lock_session(s.id, caller, at);
  RETURN s.id;
END $$;

-- Any state -> ended. Only the host's first stop counts; later ones, with any time, are without effect. On a session that
-- ended by itself the first one still moves the end back (SPEC 5). LK400, LK404, LK403, LKBEF.
CREATE FUNCTION stop_session(caller uuid, session_id uuid, said timestamptz, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  moment timestamptz;
  s sessions;
BEGIN
  IF EXISTS (SELECT FROM sessions o WHERE o.id = session_id AND o.creator_id = caller AND o.stopped_by_host) THEN
    RETURN session_id;
  END IF;
  moment := verb_moment(said, at);
  s := lock_hosted_session(session_id, caller, at);
  IF s.stopped_by_host THEN
    RETURN s.id;
  END IF;
  moment := verb_moment_after(s, said, moment);
  IF s.status <> 'ended' THEN
    PERFORM end_session(s.id, moment, false);
  ELSE
    PERFORM move_expired_end(s, moment);
  END IF;
  UPDATE sessions SET last_verb_at = moment, stopped_by_host = true WHERE id = s.id;
  PERFORM award_milestones(s.group_id, at);
  RETURN s.id;
END $$;

-- Moves the end of a session that ended by itself, and the segments that this closed, back to a moment before it.
CREATE FUNCTION move_expired_end(s sessions, moment timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  IF moment >= s.ended_at THEN
    RETURN;
  END IF;
  DELETE FROM time_logs l USING session_participants p
   WHERE p.session_id = s.id AND l.participant_id = p.id AND l.closed_by_expiry AND l.started_at >= moment;
  UPDATE time_logs l SET ended_at = moment FROM session_participants p
   WHERE p.session_id = s.id AND l.participant_id = p.id AND l.closed_by_expiry;
  PERFORM end_session(s.id, moment, true);
END $$;
`;

const down = `
DROP FUNCTION move_expired_end(sessions, timestamptz);
DROP FUNCTION stop_session(uuid, uuid, timestamptz, timestamptz);
DROP FUNCTION resume_session(uuid, uuid, timestamptz, timestamptz);
DROP FUNCTION pause_session(uuid, uuid, timestamptz, timestamptz);
DROP FUNCTION start_session(uuid, uuid, timestamptz, timestamptz);
DROP FUNCTION lock_host_to_run(uuid, uuid);
DROP FUNCTION lock_host(uuid);
DROP FUNCTION require_no_running_session(uuid, timestamptz);
DROP FUNCTION refuse_transition(sessions, text);
DROP FUNCTION verb_moment_after(sessions, timestamptz, timestamptz);
DROP FUNCTION verb_moment(timestamptz, timestamptz);
DROP FUNCTION lock_hosted_session(uuid, uuid, timestamptz);
DROP FUNCTION lock_session(uuid, uuid, timestamptz);
DROP FUNCTION expire_session(sessions, timestamptz);
DROP FUNCTION end_session(uuid, timestamptz, boolean);
DROP FUNCTION open_segments(uuid, timestamptz);
DROP FUNCTION close_segments(uuid, timestamptz, boolean);
DROP FUNCTION session_visible_to(sessions, uuid);
`;
