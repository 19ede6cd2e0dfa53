-- Locks the session against concurrent archiving and verbs, and the membership against concurrent removal.
CREATE FUNCTION check_participant() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  s sessions;
BEGIN
  SELECT * INTO s FROM sessions WHERE id = NEW.session_id FOR SHARE;
  IF TG_OP = 'INSERT' THEN
    NEW.session_created_at := s.created_at;
    NEW.session_ended := s.status = 'ended';
    NEW.logged := '0';
  ELSIF (NEW.session_created_at, NEW.session_ended) IS DISTINCT FROM (s.created_at, s.status = 'ended') THEN
    RAISE EXCEPTION 'the copied columns differ from the session'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'session_participants_copy_session';
  END IF;
  IF (NEW.role = 'host') <> (NEW.user_id IS NOT DISTINCT FROM s.creator_id) THEN
    RAISE EXCEPTION 'the host must be the creator of the session'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'session_participants_host_is_creator';
  END IF;
  IF is_in_future(greatest(NEW.joined_at, NEW.left_at)) THEN
    RAISE EXCEPTION 'joined_at and left_at cannot be in the future'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'session_participants_not_in_future';
  ELSIF s.group_id IS NULL AND NEW.role <> 'host' THEN
    RAISE EXCEPTION 'a solo session cannot be joined' USING ERRCODE = 'LK404';
  END IF;
  IF s.group_id IS NOT NULL AND NEW.left_at IS NULL AND (TG_OP = 'INSERT' OR OLD.left_at IS NOT NULL) THEN
    IF NEW.role <> 'host' THEN
      PERFORM require_active(g, trigger_clock()) FROM groups g WHERE g.id = s.group_id;
    END IF;
    PERFORM FROM group_members m WHERE m.group_id = s.group_id AND m.user_id = NEW.user_id FOR KEY SHARE;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'only members of the group can take part' USING ERRCODE = 'LK404';
    END IF;
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION check_participant IS
  'Trigger: a user can join a session only as a member of its group, and only while the group is active. The host is the creator of the session and the only participant of a solo session. The copied columns equal those of the session. Errors: LK404, LKARC, 23514.';
CREATE TRIGGER session_participants_check
  BEFORE INSERT OR UPDATE OF role, joined_at, left_at, session_created_at, session_ended ON session_participants
  FOR EACH ROW EXECUTE FUNCTION check_participant();
COMMENT ON TRIGGER session_participants_check ON session_participants IS 'Checks who takes part and in which role.';

CREATE TRIGGER session_participants_stay BEFORE UPDATE OF session_id, user_id ON session_participants
  FOR EACH ROW WHEN ((OLD.session_id, OLD.user_id) IS DISTINCT FROM (NEW.session_id, NEW.user_id))
  EXECUTE FUNCTION prevent_reassignment('session_id, user_id');
COMMENT ON TRIGGER session_participants_stay ON session_participants IS 'The session and user of a participant cannot be changed, because logs refer to them.';

CREATE FUNCTION copy_session_end() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE session_participants SET session_ended = true WHERE session_id = NEW.id;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION copy_session_end IS 'Trigger: copies the end of a session to its participants, for the lists of sessions by user.';
CREATE TRIGGER sessions_copy_end AFTER UPDATE OF status ON sessions
  FOR EACH ROW WHEN (OLD.status <> 'ended' AND NEW.status = 'ended') EXECUTE FUNCTION copy_session_end();
COMMENT ON TRIGGER sessions_copy_end ON sessions IS 'Updates session_ended of the participants.';

CREATE FUNCTION ensure_participant(s sessions, user_id uuid, at timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  participant uuid;
BEGIN
  IF EXISTS (SELECT FROM session_participants p
              WHERE p.session_id = s.id AND p.user_id = ensure_participant.user_id AND p.left_at IS NULL) THEN
    RETURN false;
  END IF;
  PERFORM require_active(g, at) FROM groups g WHERE g.id = s.group_id;
  INSERT INTO session_participants (session_id, user_id, joined_at) VALUES (s.id, ensure_participant.user_id, at)
  ON CONFLICT ON CONSTRAINT session_participants_session_id_user_id_key
    DO UPDATE SET left_at = NULL, joined_at = excluded.joined_at
  RETURNING id INTO participant;
  IF s.status = 'running' THEN
    INSERT INTO time_logs (participant_id, user_id, group_id, started_at)
    VALUES (participant, ensure_participant.user_id, s.group_id, greatest(at, s.last_verb_at));
  END IF;
  RETURN true;
END $$;
COMMENT ON FUNCTION ensure_participant IS
  'Adds a participant to a locked session, or a former participant again; if the session is running, opens a segment. Returns false if the user takes part already. Errors: LK404 unless the user is a member of the group, LKARC.';

CREATE FUNCTION join_session(caller uuid, session_id uuid, at timestamptz, OUT created boolean, OUT body text)
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  created := ensure_participant(lock_session(session_id, caller, at), caller, at);
  body := (SELECT shown::text
             FROM session_participants p CROSS JOIN LATERAL participant_json(p, at) AS shown
            WHERE p.session_id = join_session.session_id AND p.user_id = caller);
END $$;
COMMENT ON FUNCTION join_session IS
  'Joins a session, also an ended one while its group is active (specification 4). No effect if the caller takes part already. Errors: LK404, LKARC.';

CREATE FUNCTION leave_session(caller uuid, session_id uuid, user_id uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions := lock_session(session_id, caller, at);
BEGIN
  IF leave_session.user_id <> caller THEN
    RAISE EXCEPTION 'users can only remove themselves from a session' USING ERRCODE = 'LK403';
  ELSIF s.creator_id = leave_session.user_id THEN
    RAISE EXCEPTION 'the host cannot leave' USING ERRCODE = 'LKHST';
  END IF;
  PERFORM remove_participant(s.id, leave_session.user_id, at);
  PERFORM award_milestones_to(ARRAY[leave_session.user_id], s.group_id, at);
END $$;
COMMENT ON FUNCTION leave_session IS
  'Leaves a session: closes the running segment and keeps the logs. Errors: LK404, LK403 if user_id is not the caller, LKHST for the host.';

CREATE FUNCTION remove_participant(session_id uuid, user_id uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  participant uuid;
BEGIN
  UPDATE session_participants p SET left_at = at
   WHERE p.session_id = remove_participant.session_id AND p.user_id = remove_participant.user_id AND p.left_at IS NULL
  RETURNING p.id INTO participant;
  DELETE FROM time_logs l WHERE l.participant_id = participant AND l.ended_at IS NULL AND l.started_at >= at;
  UPDATE time_logs l SET ended_at = at WHERE l.participant_id = participant AND l.ended_at IS NULL;
END $$;
COMMENT ON FUNCTION remove_participant IS 'Removes a participant from a locked session and closes the running segment.';

CREATE FUNCTION lock_open_sessions(group_ids uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM sessions s
    WHERE s.status <> 'ended' AND s.group_id = ANY (group_ids)
    ORDER BY s.id FOR NO KEY UPDATE;
END $$;
COMMENT ON FUNCTION lock_open_sessions IS 'Locks the open sessions of groups, in the order of their ids.';

-- The lock on the group prevents new sessions, so all open sessions are locked here before the first one is changed. The locks
-- on those of others prevent the user from joining one meanwhile.
CREATE FUNCTION leave_group_sessions(group_id uuid, user_id uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  open_session uuid;
  s sessions;
BEGIN
  PERFORM lock_open_sessions(ARRAY[leave_group_sessions.group_id]);
  FOR open_session IN SELECT o.id FROM sessions o
                       WHERE o.group_id = leave_group_sessions.group_id AND o.status <> 'ended'
                         AND EXISTS (SELECT FROM session_participants p
                                      WHERE p.session_id = o.id AND p.user_id = leave_group_sessions.user_id AND p.left_at IS NULL)
                       ORDER BY o.id LOOP
    s := lock_session(open_session, leave_group_sessions.user_id, at);
    CONTINUE WHEN s.status = 'ended';
    IF s.creator_id IS DISTINCT FROM leave_group_sessions.user_id THEN
      PERFORM remove_participant(s.id, leave_group_sessions.user_id, at);
    ELSE
      PERFORM end_session(s, greatest(at, s.last_verb_at), by_host => true);
    END IF;
  END LOOP;
END $$;
COMMENT ON FUNCTION leave_group_sessions IS
  'Updates the open sessions of a locked group when a user leaves it (specification 4): ends the sessions hosted by the user and removes the user from the others.';

CREATE FUNCTION logged_time(participant_id uuid) RETURNS interval
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (SELECT coalesce(sum(upper(span) - lower(span)), '0')
            FROM unnest((SELECT range_agg(tstzrange(l.started_at, l.ended_at)) FROM time_logs l
                          WHERE l.participant_id = logged_time.participant_id AND l.ended_at IS NOT NULL)) AS span);
END $$;
COMMENT ON FUNCTION logged_time IS 'The time covered by the closed logs of a participant; overlapping time counts once (specification 6).';

-- SETOF with one row, here and below, so that PostgreSQL inlines the function into the calling statement.
CREATE FUNCTION time_beyond_logs(participant_id uuid, started_at timestamptz, ended_at timestamptz, except_logs uuid[] DEFAULT '{}')
RETURNS SETOF interval
LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT greatest(time_beyond_logs.ended_at - time_beyond_logs.started_at, '0') - coalesce(sum(upper(span) - lower(span)), '0')
    FROM unnest((SELECT range_agg(tstzrange(greatest(l.started_at, time_beyond_logs.started_at),
                                            least(l.ended_at, time_beyond_logs.ended_at)))
                   FROM public.time_logs l
                  WHERE l.participant_id = time_beyond_logs.participant_id AND l.id <> ALL (except_logs)
                    AND l.ended_at > time_beyond_logs.started_at AND l.started_at < time_beyond_logs.ended_at
                    AND time_beyond_logs.started_at < time_beyond_logs.ended_at)) AS span
$$;
COMMENT ON FUNCTION time_beyond_logs IS
  'How much of a time range is not covered by the closed logs of a participant; zero for an empty range.';

-- Adds only the time of a log that other logs do not cover, so that the cost does not grow with the number of logs. Uses a
-- generic plan: with an array parameter PostgreSQL would plan again at every call, which takes longer than execution.
CREATE FUNCTION count_logged_time(log_ids uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  UPDATE session_participants p
     SET logged = CASE WHEN n.is_new AND p.logged IS NOT NULL THEN p.logged + n.added ELSE logged_time(p.id) END
    FROM (SELECT l.participant_id, min(beyond.added) AS added, count(*) = 1 AND NOT bool_or(l.closed_by_expiry) AS is_new
            FROM time_logs l CROSS JOIN LATERAL time_beyond_logs(l.participant_id, l.started_at, l.ended_at, log_ids) AS beyond (added)
           WHERE l.id = ANY (log_ids) GROUP BY l.participant_id) n
   WHERE p.id = n.participant_id;
END $$;
COMMENT ON FUNCTION count_logged_time IS
  'Updates session_participants.logged after these logs were closed. Recomputes it if a participant has several of these logs, or an end was moved after expiry. The caller holds the locks on the sessions.';

CREATE FUNCTION participant_json(p session_participants, at timestamptz) RETURNS SETOF json
LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT json_build_object(
           'session_id', p.session_id, 'user_id', p.user_id, 'role', p.role, 'joined_at', public.rfc3339(p.joined_at),
           'running', open.id IS NOT NULL AND public.session_status_at(s, at) = 'running',
           'seconds_logged', floor(extract(epoch FROM coalesce(p.logged, public.logged_time(p.id)) + coalesce(running.time, '0'))),
           'user', public.user_summary(u))
    FROM public.sessions s
    JOIN public.profiles u ON u.id = p.user_id
    LEFT JOIN public.time_logs open ON open.participant_id = p.id AND open.ended_at IS NULL
    LEFT JOIN LATERAL public.time_beyond_logs(p.id, open.started_at, least(s.expires_at, at)) AS running (time) ON open.id IS NOT NULL
   WHERE s.id = p.session_id
$$;
COMMENT ON FUNCTION participant_json IS
  'A participant as in every response, with the whole seconds logged in the session up to an instant; overlapping time counts once (specification 6).';

CREATE FUNCTION participant_list(session_id uuid, at timestamptz) RETURNS json
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT coalesce(json_agg(shown ORDER BY p.role, p.joined_at, p.id), '[]')
      FROM session_participants p CROSS JOIN LATERAL participant_json(p, at) AS shown
     WHERE p.session_id = participant_list.session_id AND p.left_at IS NULL);
END $$;
COMMENT ON FUNCTION participant_list IS 'The current participants as a JSON array: the host first, then in the order of joining.';
