CREATE TRIGGER groups_updated_at BEFORE UPDATE ON groups FOR EACH ROW EXECUTE FUNCTION set_updated_at();
COMMENT ON TRIGGER groups_updated_at ON groups IS 'Sets updated_at on every update.';

-- Setting TimeZone accepts a name in any letter case and stores the exact name. It takes microseconds, a scan of
-- pg_timezone_names 25 ms. TimeZone also accepts POSIX rules, which contain digits, so names with digits are looked up in
-- pg_timezone_names.
CREATE FUNCTION is_timezone(name text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
BEGIN
  IF name = 'UTC' THEN
    RETURN true;
  ELSIF name !~ '^[A-Za-z_-]+(/[A-Za-z0-9_+-]+)+$' OR name ~ '^(posix|right)/' THEN
    RETURN false;
  ELSIF name ~ '[0-9]' THEN
    RETURN EXISTS (SELECT FROM pg_timezone_names z WHERE z.name = is_timezone.name);
  END IF;
  PERFORM set_config('timezone', name, true);
  RETURN current_setting('timezone') = name;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN false;
END $$;
COMMENT ON FUNCTION is_timezone IS
  'Whether the database server knows a time zone with exactly this name and a group may use it (specification 4, Limits).';

CREATE FUNCTION check_group_timezone() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT is_timezone(NEW.timezone) THEN
    RAISE EXCEPTION 'unknown time zone %', NEW.timezone
      USING ERRCODE = 'check_violation', CONSTRAINT = 'groups_timezone_known';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION check_group_timezone IS
  'Trigger: rejects time zones that the database server does not know. Error: 23514 groups_timezone_known.';
CREATE TRIGGER groups_timezone_known BEFORE INSERT OR UPDATE OF timezone ON groups
  FOR EACH ROW EXECUTE FUNCTION check_group_timezone();
COMMENT ON TRIGGER groups_timezone_known ON groups IS 'Allows only time zones known to the database server.';

CREATE FUNCTION group_end(g groups) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT least(g.end_at, g.archived_at)
$$;
COMMENT ON FUNCTION group_end IS
  'The end of a group (specification 4). From then on, all readers and rules treat it as archived, whatever its status column contains.';

CREATE FUNCTION group_has_ended(g groups, at timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT least(g.end_at, g.archived_at) <= at
$$;
COMMENT ON FUNCTION group_has_ended IS 'Whether the group has ended at an instant.';

CREATE FUNCTION group_status_at(g groups, at timestamptz) RETURNS group_status
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN least(g.end_at, g.archived_at) <= at THEN 'archived'::public.group_status ELSE 'active' END
$$;
COMMENT ON FUNCTION group_status_at IS 'The status at an instant, even if no job has written it yet.';

CREATE FUNCTION require_active(g groups, at timestamptz) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF g.status = 'archived' OR group_has_ended(g, at) THEN
    RAISE EXCEPTION 'group % is archived', g.id USING ERRCODE = 'LKARC';
  END IF;
END $$;
COMMENT ON FUNCTION require_active IS
  'Error: LKARC if the group has ended (specification 4, A group''s end), also if it ended while this transaction waited for its lock.';

CREATE FUNCTION require_future_end(end_at timestamptz, at timestamptz) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF end_at <= at THEN
    RAISE EXCEPTION 'the end is not in the future'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'groups_end_in_future';
  END IF;
END $$;
COMMENT ON FUNCTION require_future_end IS
  'Error: 23514 groups_end_in_future if end_at is not later than at (specification 4, Limits).';

-- An end in the past cannot change, because sessions, invites and members have been checked against it.
CREATE FUNCTION protect_archived_group() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.status = 'active' AND is_in_future(NEW.archived_at) THEN
    RAISE EXCEPTION 'archived_at cannot be in the future'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'groups_archived_at_not_in_future';
  ELSIF OLD.status = NEW.status OR OLD.status = 'archived' THEN
    PERFORM require_active(OLD, trigger_clock());
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION protect_archived_group IS
  'Trigger: the properties and the end of a group cannot change once it has ended, and archived_at cannot be in the future (specification 4). Errors: LKARC, 23514.';
CREATE TRIGGER groups_not_when_archived BEFORE UPDATE ON groups FOR EACH ROW
  WHEN ((OLD.name, OLD.description, OLD.start_at, OLD.end_at, OLD.timezone, OLD.period, OLD.period_target_minutes)
        IS DISTINCT FROM (NEW.name, NEW.description, NEW.start_at, NEW.end_at, NEW.timezone, NEW.period, NEW.period_target_minutes)
        OR (NEW.status, NEW.archived_at) IS DISTINCT FROM (OLD.status, OLD.archived_at))
  EXECUTE FUNCTION protect_archived_group();
COMMENT ON TRIGGER groups_not_when_archived ON groups IS 'A group that has ended cannot be changed.';

CREATE FUNCTION group_json(g groups, at timestamptz) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT json_build_object(
    'id', g.id, 'owner_id', g.owner_id, 'name', g.name, 'description', g.description,
    'start_at', public.rfc3339(g.start_at), 'end_at', public.rfc3339(g.end_at), 'timezone', g.timezone,
    'period', g.period, 'period_target_minutes', g.period_target_minutes,
    'status', public.group_status_at(g, at),
    'archived_at', CASE WHEN public.group_has_ended(g, at) THEN public.rfc3339(public.group_end(g)) END,
    'created_at', public.rfc3339(g.created_at), 'updated_at', public.rfc3339(g.updated_at))
$$;
COMMENT ON FUNCTION group_json IS
  'A group as in every response, with status and archived_at as of an instant, even if not written yet.';

-- VOLATILE, so that it sees the changes made by the same statement. Uses a generic plan, because planning takes as long as
-- execution.
CREATE FUNCTION group_detail(group_id uuid, at timestamptz) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET max_parallel_workers_per_gather = 0 SET jit = off AS $$
BEGIN
  RETURN (SELECT json_concat(group_json(g, at), json_build_object('members', members, 'sessions', sessions))
            FROM groups g
           CROSS JOIN group_member_list(group_detail.group_id) members
           CROSS JOIN group_session_list(group_detail.group_id, at) sessions
           WHERE g.id = group_detail.group_id);
END $$;
COMMENT ON FUNCTION group_detail IS 'A group with its members and sessions, as JSON; NULL if it does not exist.';

-- The profile of the caller is locked first. Otherwise a concurrent deletion of the account would be detected only by the
-- foreign key of the membership, whose error means that the user to be added does not exist.
CREATE FUNCTION create_group(caller uuid, name text, description text, start_at timestamptz, end_at timestamptz,
  timezone text, period group_period, target_minutes integer, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  new_group uuid;
BEGIN
  PERFORM FROM profiles p WHERE p.id = caller FOR KEY SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the account was deleted' USING ERRCODE = 'LK401';
  END IF;
  PERFORM require_future_end(create_group.end_at, create_group.at);
  INSERT INTO groups (owner_id, name, description, start_at, end_at, timezone, period, period_target_minutes, created_at)
  VALUES (caller, create_group.name, coalesce(create_group.description, ''),
          coalesce(create_group.start_at, create_group.at), create_group.end_at,
          create_group.timezone, create_group.period, target_minutes, create_group.at)
  RETURNING id INTO new_group;
  INSERT INTO group_members (group_id, user_id, role, created_at)
  VALUES (new_group, caller, 'owner', create_group.at);
  RETURN new_group;
END $$;
COMMENT ON FUNCTION create_group IS
  'Creates a group owned by the caller. start_at defaults to at, description to an empty string. Errors: LK401 if the account of the caller was deleted concurrently, 23514 for the limits of specification 4.';

CREATE FUNCTION group_violations(caller uuid, group_id uuid, change jsonb, at timestamptz) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  candidate groups;
BEGIN
  SELECT g.* INTO candidate FROM groups g JOIN group_members m ON m.group_id = g.id
   WHERE g.id = group_violations.group_id AND m.user_id = caller;
  candidate := jsonb_populate_record(candidate, change);
  IF group_violations.group_id IS NULL THEN
    candidate.start_at := coalesce(candidate.start_at, group_violations.at);
  END IF;
  RETURN QUERY SELECT violated_constraints(candidate);
  IF change ? 'end_at' AND candidate.end_at <= group_violations.at THEN
    RETURN NEXT 'groups_end_in_future';
  END IF;
  IF change ? 'timezone' AND NOT is_timezone(candidate.timezone) THEN
    RETURN NEXT 'groups_timezone_known';
  END IF;
END $$;
COMMENT ON FUNCTION group_violations IS
  'The names of the constraints that a new group (group_id NULL) or a change of a group would violate, so that a 400 can list all errors (specification 1, Errors). change maps column names to values; missing columns violate nothing. If the caller is not a member of the group, only the change itself is checked.';

CREATE FUNCTION update_group(caller uuid, group_id uuid, name text, description text, end_at timestamptz,
  target_minutes integer, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  locked groups;
BEGIN
  PERFORM require_future_end(update_group.end_at, update_group.at);
  locked := lock_group(group_id, caller);
  PERFORM require_role(locked.id, caller, 'owner', 'admin');
  PERFORM require_active(locked, update_group.at);
  UPDATE groups g
     SET name = coalesce(update_group.name, g.name),
         description = coalesce(update_group.description, g.description),
         end_at = coalesce(update_group.end_at, g.end_at),
         period_target_minutes = coalesce(target_minutes, g.period_target_minutes)
   WHERE g.id = locked.id
     AND num_nonnulls(update_group.name, update_group.description, update_group.end_at, target_minutes) > 0;
  IF target_minutes IS NOT NULL THEN
    PERFORM lock_targets(locked.id);
    PERFORM award_milestones(locked.id, update_group.at);
  END IF;
  RETURN locked.id;
END $$;
COMMENT ON FUNCTION update_group IS
  'Updates the properties whose arguments are not NULL (specification 4, PATCH). Errors: LK404, LK403 unless the caller is owner or admin, LKARC, 23514.';

CREATE FUNCTION transfer_group(caller uuid, group_id uuid, new_owner uuid, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups := lock_group(group_id, caller);
BEGIN
  PERFORM require_member(g.id, new_owner);
  PERFORM require_role(g.id, caller, 'owner');
  IF new_owner = g.owner_id THEN
    RETURN g.id;
  END IF;
  UPDATE group_members m SET role = 'admin' WHERE m.group_id = g.id AND m.user_id = g.owner_id;
  UPDATE group_members m SET role = 'owner' WHERE m.group_id = g.id AND m.user_id = new_owner;
  UPDATE groups SET owner_id = new_owner WHERE id = g.id;
  PERFORM create_notifications(ARRAY[new_owner], 'generic', g.id, 'ownership_transferred', caller, at);
  RETURN g.id;
END $$;
COMMENT ON FUNCTION transfer_group IS
  'Makes a member the owner and the previous owner an admin (specification 4). Allowed in an archived group, so that its owner can leave. No effect if new_owner is the owner. Errors: LK404, also if new_owner is not a member, LK403 unless the caller is the owner.';
