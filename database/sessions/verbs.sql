CREATE FUNCTION close_segments(session_id uuid, effective_at timestamptz, by_expiry boolean) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  user_ids uuid[];
BEGIN
  WITH closed AS (
    UPDATE time_logs l SET ended_at = effective_at, closed_by_expiry = by_expiry FROM session_participants p
     WHERE p.session_id = close_segments.session_id AND l.participant_id = p.id AND l.ended_at IS NULL
       AND l.started_at < effective_at
    RETURNING l.user_id
  ) SELECT array_agg(c.user_id) INTO user_ids FROM closed c;
  IF EXISTS (SELECT FROM session_participants p JOIN time_logs l ON l.participant_id = p.id
              WHERE p.session_id = close_segments.session_id AND l.ended_at IS NULL) THEN
    DELETE FROM time_logs l USING session_participants p
     WHERE p.session_id = close_segments.session_id AND l.participant_id = p.id AND l.ended_at IS NULL;
  END IF;
  RETURN user_ids;
END $$;
COMMENT ON FUNCTION close_segments IS
  'Closes the running segments of a session at an instant and returns the ids of their users. Deletes segments that started at or after that instant (specification 5).';

-- The segment of the host starts at effective_at, which may be before the session was created.
CREATE FUNCTION open_segments(s sessions, effective_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO time_logs (participant_id, user_id, group_id, started_at)
  SELECT p.id, p.user_id, s.group_id, CASE p.role WHEN 'host' THEN effective_at ELSE greatest(effective_at, p.joined_at) END
    FROM session_participants p
   WHERE p.session_id = s.id AND p.left_at IS NULL;
END $$;
COMMENT ON FUNCTION open_segments IS
  'Opens a segment for every current participant, at effective_at or when the participant joined, whichever is later (specification 5).';

CREATE FUNCTION end_session(s sessions, effective_at timestamptz, by_host boolean) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  user_ids uuid[] := close_segments(s.id, effective_at, by_expiry => NOT by_host);
BEGIN
  UPDATE sessions o
     SET status = 'ended', running_since = NULL, stopped_by_host = by_host,
         last_verb_at = CASE WHEN by_host THEN effective_at ELSE o.last_verb_at END,
         milestones_pending = NOT by_host AND o.group_id IS NOT NULL,
         ended_at = greatest(effective_at, o.started_at, last_log_end(o.id))
   WHERE o.id = s.id;
  RETURN user_ids;
END $$;
COMMENT ON FUNCTION end_session IS
  'Ends a locked session at an instant, or at the end of its last closed log if that is later, because closed logs are never changed (specification 5). Returns the users whose segments it closed.';

-- The caller may have made only part of its own changes, so milestones reached by the end of the session are recorded later,
-- by award_running_milestones().
CREATE FUNCTION expire_session(s sessions, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM end_session(s, s.expires_at, by_host => false);
  IF s.creator_id IS NOT NULL THEN
    PERFORM create_notifications(ARRAY[s.creator_id], 'session_reminder', s.group_id, 'session_ended_by_itself', s.creator_id, at,
                                 jsonb_build_object('session_id', s.id));
  END IF;
END $$;
COMMENT ON FUNCTION expire_session IS
  'Writes the end of an expired session that is locked and still open, and notifies its host (specification 5).';

CREATE FUNCTION verb_effective_at(requested_at timestamptz, at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF requested_at > at + interval '60 seconds' OR requested_at < at - interval '168 hours' THEN
    RAISE EXCEPTION '% is out of range', requested_at USING ERRCODE = 'LK400';
  END IF;
  RETURN least(requested_at, at);
END $$;
COMMENT ON FUNCTION verb_effective_at IS
  'The time at which a verb takes effect: requested_at, or at if requested_at is NULL. A time up to 60 s in the future is treated as clock skew and replaced by at (specification 5). Error: LK400 for a later time, or for one more than 7 days in the past.';

-- A verb without requested_at that waited for another verb takes effect no earlier than that verb.
CREATE FUNCTION verb_effective_after(s sessions, requested_at timestamptz, effective_at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF requested_at IS NOT NULL AND effective_at < s.last_verb_at THEN
    RAISE EXCEPTION 'the requested time is before the previous verb' USING ERRCODE = 'LKBEF';
  END IF;
  RETURN greatest(effective_at, s.last_verb_at);
END $$;
COMMENT ON FUNCTION verb_effective_after IS 'The time at which a verb takes effect, no earlier than the previous verb of the session. Error: LKBEF if requested_at is before the previous verb (specification 5).';

CREATE FUNCTION refuse_transition(s sessions, verb text) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'a % session does not allow %', s.status, verb USING ERRCODE = 'LKSTA';
END $$;
COMMENT ON FUNCTION refuse_transition IS 'Always raises LKSTA: the transition is not in the state machine (specification 5).';

CREATE FUNCTION start_session(caller uuid, session_id uuid, requested_at timestamptz, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  effective_at timestamptz := verb_effective_at(requested_at, at);
  s sessions := lock_session_to_run(session_id, caller, at);
BEGIN
  IF s.status = 'running' THEN
    RETURN s.id;
  ELSIF s.status <> 'scheduled' THEN
    PERFORM refuse_transition(s, 'start');
  END IF;
  PERFORM require_no_running_session(caller, at);
  UPDATE sessions SET status = 'running', started_at = effective_at, running_since = effective_at, last_verb_at = effective_at
   WHERE id = s.id RETURNING * INTO s;
  PERFORM open_segments(s, effective_at);
  IF s.expires_at <= at THEN
    PERFORM expire_session(s, at);
  END IF;
  RETURN s.id;
END $$;
COMMENT ON FUNCTION start_session IS
  'scheduled -> running (specification 5); no effect on a running session. Errors: LK400, LK404, LK403, LKSTA, LKRUN.';

CREATE FUNCTION pause_session(caller uuid, session_id uuid, requested_at timestamptz, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  effective_at timestamptz := verb_effective_at(requested_at, at);
  s sessions := lock_hosted_session(session_id, caller, at);
  user_ids uuid[];
BEGIN
  IF s.status = 'paused' THEN
    RETURN s.id;
  ELSIF s.status <> 'running' THEN
    PERFORM refuse_transition(s, 'pause');
  END IF;
  effective_at := verb_effective_after(s, requested_at, effective_at);
  user_ids := close_segments(s.id, effective_at, by_expiry => false);
  UPDATE sessions SET status = 'paused', running_since = NULL, last_verb_at = effective_at WHERE id = s.id;
  PERFORM award_milestones_to(user_ids, s.group_id, at);
  RETURN s.id;
END $$;
COMMENT ON FUNCTION pause_session IS
  'running -> paused (specification 5); no effect on a paused session. Errors: LK400, LK404, LK403, LKSTA, LKBEF.';

CREATE FUNCTION resume_session(caller uuid, session_id uuid, requested_at timestamptz, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  effective_at timestamptz := verb_effective_at(requested_at, at);
  s sessions := lock_session_to_run(session_id, caller, at);
BEGIN
  IF s.status = 'running' THEN
    RETURN s.id;
  ELSIF s.status <> 'paused' THEN
    PERFORM refuse_transition(s, 'resume');
  END IF;
  effective_at := verb_effective_after(s, requested_at, effective_at);
  PERFORM require_no_running_session(caller, at);
  UPDATE sessions SET status = 'running', running_since = effective_at, last_verb_at = effective_at
   WHERE id = s.id RETURNING * INTO s;
  PERFORM open_segments(s, effective_at);
  IF s.expires_at <= at THEN
    PERFORM expire_session(s, at);
  END IF;
  RETURN s.id;
END $$;
COMMENT ON FUNCTION resume_session IS
  'paused -> running (specification 5); no effect on a running session. Errors: LK400, LK404, LK403, LKSTA, LKBEF, LKRUN.';

-- A repeated stop returns before any other check, including that of requested_at.
CREATE FUNCTION stop_session(caller uuid, session_id uuid, requested_at timestamptz, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  effective_at timestamptz;
  s sessions;
  user_ids uuid[];
BEGIN
  IF EXISTS (SELECT FROM sessions o WHERE o.id = session_id AND o.creator_id = caller AND o.stopped_by_host) THEN
    RETURN session_id;
  END IF;
  effective_at := verb_effective_at(requested_at, at);
  s := lock_hosted_session(session_id, caller, at);
  IF s.stopped_by_host THEN
    RETURN s.id;
  END IF;
  effective_at := least(verb_effective_after(s, requested_at, effective_at), s.ended_at);
  IF effective_at < s.ended_at THEN
    PERFORM shorten_expired_segments(s.id, effective_at);
  END IF;
  user_ids := end_session(s, effective_at, by_host => true);
  IF s.status = 'ended' THEN
    PERFORM award_milestones(s.group_id, at, logs_changed => true);
  ELSE
    PERFORM award_milestones_to(user_ids, s.group_id, at);
  END IF;
  RETURN s.id;
END $$;
COMMENT ON FUNCTION stop_session IS
  'Any state -> ended (specification 5). Only the first stop by the host takes effect; later ones have no effect, whatever their time. If the session expired before, the first stop moves its end back. Errors: LK400, LK404, LK403, LKBEF.';

CREATE FUNCTION shorten_expired_segments(session_id uuid, effective_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM time_logs l USING session_participants p
   WHERE p.session_id = shorten_expired_segments.session_id AND l.participant_id = p.id
     AND l.closed_by_expiry AND l.started_at >= effective_at;
  UPDATE time_logs l SET ended_at = effective_at FROM session_participants p
   WHERE p.session_id = shorten_expired_segments.session_id AND l.participant_id = p.id
     AND l.closed_by_expiry;
END $$;
COMMENT ON FUNCTION shorten_expired_segments IS
  'Moves the end of the segments that were closed by expiry to effective_at, when the host stops an expired session. Deletes segments that started at or after that instant (specification 5).';
