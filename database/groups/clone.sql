-- The length is the difference of the local times: whole local days, then the remaining hours. If the end of the copy would
-- be later than the latest allowed instant, that instant is used.
CREATE FUNCTION clone_group_at(original_group uuid, new_owner uuid, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
  new_group uuid;
BEGIN
  SELECT * INTO g FROM groups WHERE id = original_group FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such group' USING ERRCODE = 'LK404';
  END IF;
  PERFORM require_profile(new_owner);
  new_group := create_group(new_owner, g.name, g.description, at,
    least('2099-12-31T23:59:59.999Z', greatest(at + interval '1 millisecond', ((at AT TIME ZONE g.timezone)
      + ((g.end_at AT TIME ZONE g.timezone) - (g.start_at AT TIME ZONE g.timezone))) AT TIME ZONE g.timezone)),
    g.timezone, g.period, g.period_target_minutes, at);
  UPDATE group_members m SET override_period_target_minutes = o.override_period_target_minutes
    FROM group_members o
   WHERE m.group_id = new_group AND m.user_id = new_owner AND o.group_id = g.id AND o.user_id = new_owner;
  INSERT INTO group_members (group_id, user_id, role, override_period_target_minutes, created_at)
  SELECT new_group, m.user_id, CASE m.role WHEN 'owner' THEN 'admin' ELSE m.role END, m.override_period_target_minutes, at
    FROM group_members m
   WHERE m.group_id = g.id AND m.user_id <> new_owner
   ORDER BY m.created_at, m.join_order;
  PERFORM create_notifications(array_remove(group_member_ids(new_group), new_owner),
                               'generic', new_group, 'member_added', new_owner, at);
  RETURN new_group;
END $$;
COMMENT ON FUNCTION clone_group_at IS
  'Starts a copy of a group at an instant, with the same length in local days and hours (specification 4, Clone). Copies members and their overrides; the owner of the original becomes an admin. new_owner becomes the only owner and need not be a member of the original. Error: LK404 if the group or the user does not exist.';

CREATE FUNCTION clone_group(original_group uuid, new_owner uuid) RETURNS uuid
LANGUAGE sql VOLATILE AS $$
  SELECT public.clone_group_at(original_group, new_owner, public.to_ms(now()))
$$;
COMMENT ON FUNCTION clone_group IS 'clone_group_at() at the current time (specification 2).';

CREATE FUNCTION clone_group_as(caller uuid, original_group uuid, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM groups g WHERE g.id = original_group FOR SHARE;
  PERFORM require_member(original_group, caller);
  PERFORM consume_rate_limit(caller, 'clone', at, 30, interval '1 hour');
  RETURN clone_group_at(original_group, caller, at);
END $$;
COMMENT ON FUNCTION clone_group_as IS
  'clone_group_at() at an instant, for a member of the group. Errors: LK404 unless the caller is a member, LK429 after 30 clones per hour (specification 1, Limits).';
