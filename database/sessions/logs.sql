-- Locks the session against a verb at the same time, and reads the clock after that.
CREATE FUNCTION enforce_log_within_session() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  s sessions;
BEGIN
  SELECT p.user_id INTO NEW.user_id FROM session_participants p WHERE p.id = NEW.participant_id;
  SELECT its.* INTO s FROM session_participants p JOIN sessions its ON its.id = p.session_id
   WHERE p.id = NEW.participant_id FOR SHARE OF its;
  NEW.group_id := s.group_id;
  IF TG_OP = 'INSERT' AND NEW.manual THEN
    PERFORM require_active(g, trigger_clock()) FROM groups g WHERE g.id = s.group_id;
  END IF;
  IF s.started_at IS NULL OR NEW.started_at < s.started_at OR NEW.ended_at > coalesce(s.ended_at, s.expires_at)
    OR is_in_future(greatest(NEW.started_at, NEW.ended_at))
    OR (NEW.ended_at IS NULL AND s.status <> 'running') THEN
    RAISE EXCEPTION 'the log lies outside its session' USING ERRCODE = 'LKLOG';
  ELSIF TG_OP = 'UPDATE' AND ((OLD.started_at, OLD.manual, OLD.created_at)
         IS DISTINCT FROM (NEW.started_at, NEW.manual, NEW.created_at)
      OR OLD.ended_at IS NOT NULL AND (NEW.ended_at IS NULL OR NEW.ended_at <> OLD.ended_at AND NOT OLD.closed_by_expiry)) THEN
    RAISE EXCEPTION 'a log is closed, and never altered' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION enforce_log_within_session IS
  'Trigger: fills group_id and user_id, and holds every log inside its session''s window [started_at, ended_at or now]; of a log only the end is written, once (specification 5). Errors: LKLOG, LKARC for new time in an archived group, 23000.';
CREATE TRIGGER time_logs_within_session BEFORE INSERT OR UPDATE ON time_logs
  FOR EACH ROW EXECUTE FUNCTION enforce_log_within_session();
COMMENT ON TRIGGER time_logs_within_session ON time_logs IS 'A log lies within its session.';

CREATE TRIGGER time_logs_stay BEFORE UPDATE OF participant_id ON time_logs
  FOR EACH ROW WHEN (OLD.participant_id <> NEW.participant_id) EXECUTE FUNCTION prevent_reassignment('participant_id');
COMMENT ON TRIGGER time_logs_stay ON time_logs IS 'A log stays with its participant.';

CREATE FUNCTION enforce_session_holds_logs() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM sessions s JOIN session_participants p ON p.session_id = s.id
               JOIN time_logs l ON l.participant_id = p.id
              WHERE s.id = NEW.id
                AND (s.started_at IS NULL OR l.started_at < s.started_at OR l.ended_at > s.ended_at
                  OR (l.ended_at IS NULL AND s.status <> 'running'))) THEN
    RAISE EXCEPTION 'a log lies outside session %', NEW.id USING ERRCODE = 'LKLOG';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION enforce_session_holds_logs IS
  'Trigger, judged at commit: a session holds its logs, and only a running one has open segments (specification 5). Error: LKLOG.';
-- What can break the rule from the session's side is ceasing to run, and moving an end.
CREATE CONSTRAINT TRIGGER sessions_hold_logs AFTER UPDATE OF status, started_at, ended_at ON sessions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.status <> NEW.status AND NEW.status <> 'running' OR OLD.started_at <> NEW.started_at OR OLD.ended_at <> NEW.ended_at)
  EXECUTE FUNCTION enforce_session_holds_logs();
COMMENT ON TRIGGER sessions_hold_logs ON sessions IS 'A session holds its logs at every commit.';

CREATE FUNCTION add_log(caller uuid, session_id uuid, started_at timestamptz, ended_at timestamptz, at timestamptz)
RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions;
  new_log time_logs;
BEGIN
  IF add_log.ended_at <= add_log.started_at THEN
    RAISE EXCEPTION 'the log ends before it starts'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'time_logs_end_after_start';
  END IF;
  s := lock_session(session_id, caller, at);
  PERFORM require_active(g, at) FROM groups g WHERE g.id = s.group_id;
  PERFORM ensure_participant(s, caller, at);
  INSERT INTO time_logs (participant_id, manual, started_at, ended_at, created_at)
  SELECT p.id, true, to_ms(add_log.started_at), to_ms(add_log.ended_at), at
    FROM session_participants p WHERE p.session_id = s.id AND p.user_id = caller
  RETURNING * INTO new_log;
  PERFORM award_milestones(s.group_id, at, logs_changed => true);
  RETURN log_json(new_log, s, at)::text;
END $$;
COMMENT ON FUNCTION add_log IS
  'Adds time by hand, joining where needed (specification 5). Errors: 23514 unless it ends after it starts, LK404, LK403, LKARC, LKLOG.';

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
    RAISE EXCEPTION 'only its author deletes a log, and only one by hand' USING ERRCODE = 'LK403';
  END IF;
  PERFORM require_active(g, at) FROM groups g WHERE g.id = s.group_id;
  DELETE FROM time_logs WHERE id = l.id;
END $$;
COMMENT ON FUNCTION delete_log IS
  'Deletes a log by hand. Errors: LK404, LK403 unless it is the caller''s own and by hand, LKARC.';

CREATE FUNCTION log_json(l time_logs, s sessions, at timestamptz) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT json_build_object(
    'id', l.id, 'session_id', s.id, 'user_id', l.user_id, 'started_at', public.rfc3339(l.started_at),
    'ended_at', public.rfc3339(coalesce(l.ended_at, public.session_end_at(s, at))), 'manual', l.manual,
    'created_at', public.rfc3339(l.created_at))
$$;
COMMENT ON FUNCTION log_json IS
  'A log as every response shows it; a running segment of a session that has ended by itself is closed there.';
