-- The clock is read here, where the row of the group or member is locked, because a transaction may have started before
-- the one whose target it overwrites. The time of a change is never before the group's previous change.
CREATE FUNCTION stamp_target_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.target_minutes IS DISTINCT FROM (CASE
       WHEN NEW.user_id IS NULL THEN (SELECT g.period_target_minutes FROM groups g WHERE g.id = NEW.group_id)
       ELSE (SELECT m.override_period_target_minutes FROM group_members m
              WHERE m.group_id = NEW.group_id AND m.user_id = NEW.user_id) END) THEN
    RAISE EXCEPTION 'the target differs from the one of the group or member' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
  END IF;
  NEW.changed_at := greatest(trigger_clock(), (SELECT max(c.changed_at) FROM target_changes c WHERE c.group_id = NEW.group_id));
  RETURN NEW;
END $$;
COMMENT ON FUNCTION stamp_target_change IS
  'Trigger: requires the recorded target to be the one that is set, and sets changed_at in commit order (specification 6). Error: 23000.';
CREATE TRIGGER target_changes_stamp BEFORE INSERT ON target_changes
  FOR EACH ROW EXECUTE FUNCTION stamp_target_change();
COMMENT ON TRIGGER target_changes_stamp ON target_changes IS 'Only targets that are set are recorded, with the current time.';

CREATE FUNCTION protect_target_history() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' AND (NOT EXISTS (SELECT FROM groups g WHERE g.id = OLD.group_id)
    OR (OLD.user_id IS NOT NULL AND NOT EXISTS (SELECT FROM profiles p WHERE p.id = OLD.user_id))) THEN
    RETURN OLD;
  ELSIF TG_OP = 'TRUNCATE' AND NOT EXISTS (SELECT FROM groups) THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'the history of targets cannot be changed' USING ERRCODE = 'integrity_constraint_violation';
END $$;
COMMENT ON FUNCTION protect_target_history IS
  'Trigger: a row of the target history is deleted only together with its group or user, and never updated (specification 2). Error: 23000.';
CREATE TRIGGER target_changes_keep BEFORE UPDATE OR DELETE ON target_changes
  FOR EACH ROW EXECUTE FUNCTION protect_target_history();
COMMENT ON TRIGGER target_changes_keep ON target_changes IS 'Rows cannot be updated, or deleted on their own.';
CREATE TRIGGER target_changes_keep_all AFTER TRUNCATE ON target_changes
  FOR EACH STATEMENT EXECUTE FUNCTION protect_target_history();
COMMENT ON TRIGGER target_changes_keep_all ON target_changes IS 'Can be truncated only together with all groups.';

CREATE FUNCTION record_group_target() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO target_changes (group_id, target_minutes) VALUES (NEW.id, NEW.period_target_minutes);
  RETURN NULL;
END $$;
COMMENT ON FUNCTION record_group_target IS 'Trigger: records the target of a group whenever it is set (specification 6).';
CREATE TRIGGER groups_record_first_target AFTER INSERT ON groups
  FOR EACH ROW EXECUTE FUNCTION record_group_target();
COMMENT ON TRIGGER groups_record_first_target ON groups IS 'Records the first target of a group.';
CREATE TRIGGER groups_record_target AFTER UPDATE OF period_target_minutes ON groups
  FOR EACH ROW WHEN (OLD.period_target_minutes <> NEW.period_target_minutes) EXECUTE FUNCTION record_group_target();
COMMENT ON TRIGGER groups_record_target ON groups IS 'Records every change of a group''s target.';

-- Each new membership records its own override, so that the override of an earlier membership does not apply again.
CREATE FUNCTION record_override() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO target_changes (group_id, user_id, target_minutes)
  VALUES (NEW.group_id, NEW.user_id, NEW.override_period_target_minutes);
  RETURN NULL;
END $$;
COMMENT ON FUNCTION record_override IS 'Trigger: records the override of a member whenever it is set or cleared (specification 6).';
CREATE TRIGGER group_members_record_first_override AFTER INSERT ON group_members
  FOR EACH ROW EXECUTE FUNCTION record_override();
COMMENT ON TRIGGER group_members_record_first_override ON group_members IS 'Ends the override of an earlier membership.';
CREATE TRIGGER group_members_record_override AFTER UPDATE OF override_period_target_minutes ON group_members
  FOR EACH ROW WHEN (OLD.override_period_target_minutes IS DISTINCT FROM NEW.override_period_target_minutes)
  EXECUTE FUNCTION record_override();
COMMENT ON TRIGGER group_members_record_override ON group_members IS 'Records every change of a member''s override.';

-- start_at of a group may precede its creation. The first target also applies to the time before it was set.
CREATE FUNCTION target_before(group_id uuid, user_id uuid, instant timestamptz) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN coalesce(
    (SELECT c.target_minutes FROM target_changes c
      WHERE c.group_id = target_before.group_id AND c.user_id = target_before.user_id AND c.changed_at < instant
      ORDER BY c.changed_at DESC, c.id DESC LIMIT 1),
    (SELECT c.target_minutes FROM target_changes c
      WHERE c.group_id = target_before.group_id AND c.user_id IS NULL AND c.changed_at < instant
      ORDER BY c.changed_at DESC, c.id DESC LIMIT 1),
    (SELECT c.target_minutes FROM target_changes c
      WHERE c.group_id = target_before.group_id AND c.user_id IS NULL
      ORDER BY c.changed_at, c.id LIMIT 1));
END $$;
COMMENT ON FUNCTION target_before IS
  'The target in minutes in force for a member just before an instant: the override, or the group''s target if there is none. The group''s target if user_id is NULL (specification 6).';

CREATE FUNCTION targets_in_force(group_id uuid)
RETURNS TABLE (user_id uuid, target integer, since timestamptz, until timestamptz)
LANGUAGE sql STABLE AS $$
  SELECT c.user_id, c.target_minutes,
         CASE WHEN c.user_id IS NULL AND row_number() OVER by_user = 1 THEN '-infinity' ELSE c.changed_at END,
         lead(c.changed_at, 1, 'infinity') OVER by_user
    FROM public.target_changes c
   WHERE c.group_id = targets_in_force.group_id
  WINDOW by_user AS (PARTITION BY c.user_id ORDER BY c.changed_at, c.id)
$$;
COMMENT ON FUNCTION targets_in_force IS
  'The results of target_before() as ranges. The target applies to periods that end after since and not after until: the group''s target (user_id NULL), or the member''s override unless it is NULL.';
