CREATE FUNCTION max_session_length() RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT interval '12 hours'
$$;
COMMENT ON FUNCTION max_session_length IS
  'How long a session runs after its last :start or :resume before it expires (specification 5).';

CREATE FUNCTION session_status_at(s sessions, at timestamptz) RETURNS session_status
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN s.expires_at <= at THEN 'ended'::public.session_status ELSE s.status END
$$;
COMMENT ON FUNCTION session_status_at IS
  'The status at an instant. An expired session has ended even if no job has written it yet (specification 5).';

CREATE FUNCTION session_end_at(s sessions, at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(s.ended_at, CASE WHEN s.expires_at <= at THEN greatest(s.expires_at, s.started_at) END)
$$;
COMMENT ON FUNCTION session_end_at IS 'The end of the session as of an instant; NULL while the session is open.';

-- The group is locked before a session is inserted, so that either archiving sees the session, or this trigger sees that the
-- group is archived. A session inserted as ended was tracked offline (specification 5, :record).
CREATE FUNCTION check_new_session() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
BEGIN
  IF NEW.group_id IS NOT NULL THEN
    SELECT * INTO g FROM groups WHERE id = NEW.group_id FOR SHARE;
    IF NEW.status <> 'ended' OR NEW.ended_at > group_end(g) OR trigger_clock() >= group_end(g) + interval '24 hours' THEN
      PERFORM require_active(g, trigger_clock());
    END IF;
  END IF;
  IF NEW.status = 'scheduled' THEN
    PERFORM lock_host(NEW.creator_id);
    IF 20 <= (SELECT count(*) FROM sessions s WHERE s.creator_id = NEW.creator_id AND s.status = 'scheduled'
                 AND session_status_at(s, trigger_clock()) = 'scheduled') THEN
      RAISE EXCEPTION 'a host has at most 20 scheduled sessions' USING ERRCODE = 'LKSCH';
    END IF;
  END IF;
  -- Locks the membership now, because the foreign key of creator_id locks the profile, which comes later in the lock order.
  PERFORM FROM group_members m WHERE m.group_id = NEW.group_id AND m.user_id = NEW.creator_id FOR KEY SHARE;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION check_new_session IS
  'Trigger: no open session can be created in an archived group, and a host has at most 20 scheduled sessions (specification 4). Errors: LKARC, LKSCH.';
CREATE TRIGGER sessions_check_new BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION check_new_session();
COMMENT ON TRIGGER sessions_check_new ON sessions IS 'Checks the group and the limit of scheduled sessions.';

CREATE FUNCTION last_log_end(session_id uuid) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (SELECT max((SELECT max(l.ended_at) FROM time_logs l WHERE l.participant_id = p.id))
            FROM session_participants p WHERE p.session_id = last_log_end.session_id);
END $$;
COMMENT ON FUNCTION last_log_end IS 'The latest end of the closed logs of a session; NULL if there are none. Reads one index entry per participant.';

CREATE FUNCTION check_session_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.status <> OLD.status AND ((OLD.status, NEW.status) NOT IN
       (('scheduled', 'running'), ('running', 'paused'), ('paused', 'running')) AND NEW.status <> 'ended'
     OR OLD.status = 'ended') THEN
    RAISE EXCEPTION 'the status of a session cannot change from % to %', OLD.status, NEW.status USING ERRCODE = 'LKSTA';
  ELSIF NEW.started_at IS DISTINCT FROM OLD.started_at AND OLD.status <> 'scheduled'
     OR NEW.running_since IS DISTINCT FROM OLD.running_since AND NEW.status = OLD.status
     OR NEW.ended_at IS NOT NULL AND NEW.ended_at > coalesce(OLD.ended_at, CASE WHEN OLD.expires_at IS NOT NULL
                         THEN greatest(OLD.expires_at, OLD.started_at, OLD.last_verb_at) END)
        AND NEW.ended_at > coalesce(last_log_end(NEW.id), '-infinity') THEN
    RAISE EXCEPTION 'the times of a session change only with its status'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sessions_times_kept';
  ELSIF NEW.status = 'running' AND OLD.status <> 'running' THEN
    PERFORM require_active(g, trigger_clock()) FROM groups g WHERE g.id = NEW.group_id;
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION check_session_step IS
  'Trigger: enforces the state machine of specification 5; times change only with its transitions, and no session starts to run in an archived group. Errors: LKSTA, LKARC, 23514 sessions_times_kept.';
CREATE TRIGGER sessions_check_step BEFORE UPDATE OF status, started_at, running_since, ended_at ON sessions
  FOR EACH ROW EXECUTE FUNCTION check_session_step();
COMMENT ON TRIGGER sessions_check_step ON sessions IS 'Enforces the state machine.';

CREATE FUNCTION set_session_expiry() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  ends_with_group timestamptz := (SELECT group_end(g) FROM groups g WHERE g.id = NEW.group_id);
BEGIN
  IF is_in_future(greatest(NEW.started_at, NEW.running_since, NEW.last_verb_at, NEW.ended_at)) THEN
    RAISE EXCEPTION 'the session is in the future'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sessions_not_in_future';
  END IF;
  NEW.expires_at := CASE NEW.status
    WHEN 'running' THEN least(NEW.running_since + max_session_length(), ends_with_group)
    WHEN 'scheduled' THEN least(coalesce(NEW.scheduled_start, NEW.created_at) + interval '24 hours', ends_with_group)
    WHEN 'paused' THEN ends_with_group
  END;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION set_session_expiry IS
  'Trigger: sets expires_at to 12 hours after the start of running, or 24 hours after the scheduled start (or creation) of a session that has not started, but never after the end of the group (specification 5). Times in the future are rejected. Error: 23514 sessions_not_in_future.';
CREATE TRIGGER sessions_expiry BEFORE INSERT OR UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION set_session_expiry();
COMMENT ON TRIGGER sessions_expiry ON sessions IS 'Sets expires_at.';

CREATE TRIGGER sessions_stay BEFORE UPDATE OF group_id, created_at ON sessions
  FOR EACH ROW WHEN ((OLD.group_id, OLD.created_at) IS DISTINCT FROM (NEW.group_id, NEW.created_at))
  EXECUTE FUNCTION prevent_reassignment('group_id, created_at');
COMMENT ON TRIGGER sessions_stay ON sessions IS 'The group of a session cannot be changed, nor created_at, which participants copy.';

CREATE FUNCTION keep_session_creator() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.creator_id IS NOT NULL OR EXISTS (SELECT FROM profiles p WHERE p.id = OLD.creator_id) THEN
    RAISE EXCEPTION 'the creator of a session cannot be changed'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_session_creator IS
  'Trigger: creator_id becomes NULL when the account is deleted, and cannot be changed otherwise. Error: 23000.';
CREATE TRIGGER sessions_keep_creator BEFORE UPDATE OF creator_id ON sessions
  FOR EACH ROW WHEN (OLD.creator_id IS DISTINCT FROM NEW.creator_id) EXECUTE FUNCTION keep_session_creator();
COMMENT ON TRIGGER sessions_keep_creator ON sessions IS 'The creator of a session cannot be changed.';

-- An update of expires_at to any value makes the trigger sessions_expiry compute it again.
CREATE FUNCTION move_session_expiry() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM sessions WHERE group_id = NEW.id AND status <> 'ended' ORDER BY id FOR NO KEY UPDATE;
  UPDATE sessions SET expires_at = NULL WHERE group_id = NEW.id AND status <> 'ended';
  RETURN NULL;
END $$;
COMMENT ON FUNCTION move_session_expiry IS
  'Trigger: updates expires_at of the open sessions when the end of their group changes (specification 5).';
CREATE TRIGGER groups_move_session_expiry AFTER UPDATE OF end_at, archived_at ON groups
  FOR EACH ROW WHEN (least(OLD.end_at, OLD.archived_at) <> least(NEW.end_at, NEW.archived_at))
  EXECUTE FUNCTION move_session_expiry();
COMMENT ON TRIGGER groups_move_session_expiry ON groups IS 'Open sessions expire at the end of their group.';

CREATE FUNCTION session_visible_to(s sessions, viewer uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM session_participants p
                  WHERE p.session_id = s.id AND p.user_id = viewer AND p.left_at IS NULL)
      OR EXISTS (SELECT FROM group_members m WHERE m.group_id = s.group_id AND m.user_id = viewer);
END $$;
COMMENT ON FUNCTION session_visible_to IS
  'Whether a user may read a session: its participants and the members of its group may (specification 4).';

CREATE FUNCTION session_json(s sessions, at timestamptz) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT json_build_object(
    'id', s.id, 'group_id', s.group_id, 'creator_id', s.creator_id, 'status', public.session_status_at(s, at),
    'scheduled_start', public.rfc3339(s.scheduled_start), 'started_at', public.rfc3339(s.started_at),
    'ended_at', public.rfc3339(public.session_end_at(s, at)), 'created_at', public.rfc3339(s.created_at))
$$;
COMMENT ON FUNCTION session_json IS 'A session as in every response, with its status at an instant.';

-- VOLATILE, so that it sees the changes made by a verb in the same statement.
CREATE FUNCTION session_detail(session_id uuid, at timestamptz) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (SELECT json_concat(session_json(s, at), json_build_object('participants', participant_list(s.id, at)))
            FROM sessions s WHERE s.id = session_id);
END $$;
COMMENT ON FUNCTION session_detail IS 'A session with its participants, as JSON; NULL if it does not exist.';

-- SETOF with one row, so that PostgreSQL inlines the function into a statement that calls it in FROM. The condition on status
-- is needed for the plan: statistics on status show that nearly all sessions have ended, so the planner reads the latest
-- ones from the index. There are no statistics on session_status_at().
CREATE FUNCTION group_session_list(group_id uuid, at timestamptz) RETURNS SETOF json
LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT coalesce(json_agg(shown ORDER BY created_at DESC, id DESC), '[]')
    FROM (SELECT s.created_at, s.id, public.session_json(s, at) AS shown
            FROM public.sessions s
           WHERE s.group_id = group_session_list.group_id AND s.status <> 'ended'
             AND public.session_status_at(s, at) <> 'ended'
          UNION ALL
          (SELECT s.created_at, s.id, public.session_json(s, at)
             FROM public.sessions s
            WHERE s.group_id = group_session_list.group_id AND (s.status = 'ended' OR s.expires_at <= at)
            ORDER BY s.created_at DESC, s.id DESC LIMIT 20)) listed
$$;
COMMENT ON FUNCTION group_session_list IS
  'The sessions in the details of a group: all open sessions and the 20 latest ended ones, newest first (specification 4).';

-- The group is locked before the membership is checked, because a transaction that removes the caller holds that lock.
CREATE FUNCTION create_session(caller uuid, group_id uuid, scheduled_start timestamptz, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  new_session uuid;
BEGIN
  IF create_session.scheduled_start < at - interval '60 seconds' THEN
    RAISE EXCEPTION 'the scheduled start is in the past'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sessions_scheduled_start_not_past';
  END IF;
  IF create_session.group_id IS NOT NULL THEN
    PERFORM FROM groups g WHERE g.id = create_session.group_id FOR SHARE;
    PERFORM require_member(create_session.group_id, caller);
  END IF;
  INSERT INTO sessions (group_id, creator_id, scheduled_start, created_at)
  VALUES (create_session.group_id, caller, to_ms(create_session.scheduled_start), at) RETURNING id INTO new_session;
  INSERT INTO session_participants (session_id, user_id, role, joined_at) VALUES (new_session, caller, 'host', at);
  RETURN new_session;
END $$;
COMMENT ON FUNCTION create_session IS
  'Creates a session hosted by the caller; a solo session if group_id is NULL. Errors: LK404 unless the caller is a member of the group, LKARC, LKSCH if the host has 20 scheduled sessions, 23514 if the scheduled start is more than 60 s in the past.';
