CREATE FUNCTION lock_session(session_id uuid, caller uuid, at timestamptz) RETURNS sessions
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions;
BEGIN
  SELECT * INTO s FROM sessions WHERE id = session_id FOR NO KEY UPDATE;
  IF NOT FOUND OR (s.creator_id IS DISTINCT FROM caller AND NOT session_visible_to(s, caller)) THEN
    RAISE EXCEPTION 'no such session' USING ERRCODE = 'LK404';
  END IF;
  IF s.expires_at <= at THEN
    PERFORM expire_session(s, at);
    SELECT * INTO s FROM sessions WHERE id = session_id;
  END IF;
  RETURN s;
END $$;
COMMENT ON FUNCTION lock_session IS
  'Locks a session for a change and returns it; if it has expired, writes its end first. Error: LK404 unless the caller may read the session.';

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
COMMENT ON FUNCTION lock_hosted_session IS 'lock_session() for a verb. Errors: LK404, LK403 unless the caller is the host.';

-- Sessions are locked in the order of their ids, and before the host. The reverse order would deadlock with a transaction in
-- which a user leaves the group.
CREATE FUNCTION lock_session_to_run(session_id uuid, host uuid, at timestamptz) RETURNS sessions
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM sessions s WHERE s.creator_id = host AND (s.id = session_id OR s.status = 'running')
    ORDER BY s.id FOR NO KEY UPDATE;
  PERFORM lock_host(host);
  RETURN lock_hosted_session(session_id, host, at);
END $$;
COMMENT ON FUNCTION lock_session_to_run IS
  'lock_hosted_session() for :start and :resume: also locks the host and the running session of the host. Errors: LK404, LK403.';

CREATE FUNCTION lock_host(host uuid) RETURNS void
LANGUAGE sql VOLATILE AS $$
  SELECT pg_advisory_xact_lock(hashtextextended(host::text, 5))
$$;
COMMENT ON FUNCTION lock_host IS 'Serializes changes that involve several sessions of one host, with an advisory lock until the end of the transaction.';

CREATE FUNCTION require_no_running_session(host uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions;
BEGIN
  SELECT * INTO s FROM sessions WHERE creator_id = host AND status = 'running';
  IF session_status_at(s, at) = 'running' THEN
    RAISE EXCEPTION 'the host has a running session' USING ERRCODE = 'LKRUN', DETAIL = s.id::text;
  ELSIF s.id IS NOT NULL THEN
    PERFORM lock_session(s.id, host, at);
  END IF;
END $$;
COMMENT ON FUNCTION require_no_running_session IS
  'Error: LKRUN if the locked host has a running session, with its id as detail. If that session has expired, writes its end instead (specification 5).';
