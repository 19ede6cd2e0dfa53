-- Locks the group to serialize joining, archiving and the check of the member limit.
CREATE FUNCTION prevent_members_on_archived_groups() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
BEGIN
  SELECT * INTO g FROM groups WHERE id = NEW.group_id FOR NO KEY UPDATE;
  PERFORM require_active(g, trigger_clock());
  NEW.group_period := g.period;
  NEW.group_created_at := g.created_at;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION prevent_members_on_archived_groups IS
  'Trigger: rejects new members of a group that has ended (specification 4), and copies the period and creation time of the group into the membership. Error: LKARC.';
CREATE TRIGGER group_members_not_when_archived BEFORE INSERT ON group_members
  FOR EACH ROW EXECUTE FUNCTION prevent_members_on_archived_groups();
COMMENT ON TRIGGER group_members_not_when_archived ON group_members IS 'No user can join an archived group.';

CREATE TRIGGER group_members_stay BEFORE UPDATE OF group_id, user_id ON group_members
  FOR EACH ROW WHEN ((OLD.group_id, OLD.user_id) IS DISTINCT FROM (NEW.group_id, NEW.user_id))
  EXECUTE FUNCTION prevent_reassignment('group_id, user_id');
COMMENT ON TRIGGER group_members_stay ON group_members IS
  'The group and user of a membership cannot be changed: this would bypass the checks on joining, and logs would count for another group or user.';

CREATE FUNCTION limit_group_members() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM (SELECT DISTINCT group_id FROM joined) touched
              WHERE (SELECT count(*) FROM group_members m WHERE m.group_id = touched.group_id) > 500) THEN
    RAISE EXCEPTION 'a group has at most 500 members' USING ERRCODE = 'LKFUL';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION limit_group_members IS 'Trigger: at most 500 members per group (specification 4, Limits). Error: LKFUL.';
CREATE TRIGGER group_members_at_most_500 AFTER INSERT ON group_members
  REFERENCING NEW TABLE AS joined FOR EACH STATEMENT EXECUTE FUNCTION limit_group_members();
COMMENT ON TRIGGER group_members_at_most_500 ON group_members IS 'At most 500 members per group.';

-- Locks the group against concurrent archiving. Ownership can be transferred in an archived group too.
CREATE FUNCTION prevent_changes_on_archived_groups() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
BEGIN
  SELECT * INTO g FROM groups WHERE id = NEW.group_id FOR SHARE;
  PERFORM require_active(g, trigger_clock());
  RETURN NEW;
END $$;
COMMENT ON FUNCTION prevent_changes_on_archived_groups IS
  'Trigger: overrides and roles cannot change once the group has ended (specification 4). Error: LKARC.';
CREATE TRIGGER group_members_change_not_when_archived BEFORE UPDATE OF override_period_target_minutes, role ON group_members
  FOR EACH ROW WHEN (OLD.override_period_target_minutes IS DISTINCT FROM NEW.override_period_target_minutes
    OR (OLD.role <> NEW.role AND OLD.role <> 'owner' AND NEW.role <> 'owner'))
  EXECUTE FUNCTION prevent_changes_on_archived_groups();
COMMENT ON TRIGGER group_members_change_not_when_archived ON group_members IS
  'Overrides and roles cannot change in an archived group.';

CREATE FUNCTION prevent_removal_from_open_sessions() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM groups g WHERE g.id = OLD.group_id)
    AND EXISTS (SELECT FROM sessions s JOIN session_participants p ON p.session_id = s.id
                 WHERE s.group_id = OLD.group_id AND s.status <> 'ended'
                   AND p.user_id = OLD.user_id AND p.left_at IS NULL) THEN
    RAISE EXCEPTION 'the member takes part in an open session'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
  END IF;
  RETURN OLD;
END $$;
COMMENT ON FUNCTION prevent_removal_from_open_sessions IS
  'Trigger: a member must leave the open sessions of a group before leaving the group, as in remove_member() (specification 4). Error: 23000.';
CREATE TRIGGER group_members_leave_sessions_first BEFORE DELETE ON group_members
  FOR EACH ROW EXECUTE FUNCTION prevent_removal_from_open_sessions();
COMMENT ON TRIGGER group_members_leave_sessions_first ON group_members IS 'Participants of an open session are members of its group.';

CREATE FUNCTION lock_group(group_id uuid, caller uuid) RETURNS groups
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
BEGIN
  SELECT * INTO g FROM groups WHERE id = lock_group.group_id FOR NO KEY UPDATE;
  PERFORM require_member(lock_group.group_id, caller);
  RETURN g;
END $$;
COMMENT ON FUNCTION lock_group IS
  'Locks a group for a change by a member and returns it. Error: LK404 unless the caller is a member.';

CREATE FUNCTION group_member_ids(group_id uuid) RETURNS uuid[]
LANGUAGE sql STABLE AS $$
  SELECT ARRAY(SELECT m.user_id FROM public.group_members m WHERE m.group_id = group_member_ids.group_id)
$$;
COMMENT ON FUNCTION group_member_ids IS 'The ids of the members of a group, in no particular order.';

CREATE FUNCTION require_role(group_id uuid, caller uuid, VARIADIC allowed member_role[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM group_members m
                  WHERE m.group_id = require_role.group_id AND m.user_id = caller AND m.role = ANY (allowed)) THEN
    RAISE EXCEPTION 'only % may do this', array_to_string(allowed, ', ') USING ERRCODE = 'LK403';
  END IF;
END $$;
COMMENT ON FUNCTION require_role IS 'Error: LK403 unless the caller is a member with one of the allowed roles.';

CREATE FUNCTION require_member(group_id uuid, user_id uuid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM group_members m
                  WHERE m.group_id = require_member.group_id AND m.user_id = require_member.user_id) THEN
    RAISE EXCEPTION 'no such group or member' USING ERRCODE = 'LK404';
  END IF;
END $$;
COMMENT ON FUNCTION require_member IS 'Error: LK404 unless the user is a member of the group.';

-- SETOF with one row, so that PostgreSQL inlines the function into a statement that calls it in FROM. "user" is the same as
-- user_summary(), but as a record, which takes half the time of json_build_object().
CREATE FUNCTION group_member_list(group_id uuid, user_id uuid DEFAULT NULL) RETURNS SETOF json
LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT json_agg(shown)
    FROM (SELECT m.group_id, m.user_id, m.role, m.override_period_target_minutes,
                 public.rfc3339(m.created_at) AS created_at, "user"
            FROM public.group_members m
            JOIN (SELECT p.id, p.display_name, p.avatar_url FROM public.profiles p) "user" ON "user".id = m.user_id
           WHERE m.group_id = group_member_list.group_id
             AND (group_member_list.user_id IS NULL OR m.user_id = group_member_list.user_id)
           ORDER BY m.role <> 'owner', m.created_at, m.join_order) shown
$$;
COMMENT ON FUNCTION group_member_list IS
  'The members of a group, or one of them, as a JSON array: the owner first, then in the order of joining (specification 4).';

CREATE FUNCTION member_detail(group_id uuid, user_id uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (SELECT members -> 0 FROM group_member_list(member_detail.group_id, member_detail.user_id) members);
END $$;
COMMENT ON FUNCTION member_detail IS 'A member as JSON; NULL if the user is not a member.';

CREATE FUNCTION add_member(caller uuid, group_id uuid, user_id uuid, role member_role, at timestamptz) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups := lock_group(group_id, caller);
BEGIN
  PERFORM require_profile(add_member.user_id);
  PERFORM require_role(g.id, caller, 'owner', CASE role WHEN 'admin' THEN 'owner' ELSE 'admin' END::member_role);
  PERFORM require_active(g, at);
  INSERT INTO group_members (group_id, user_id, role, created_at) VALUES (g.id, add_member.user_id, add_member.role, at);
  PERFORM resolve_invite(n, 'accepted', caller, at) FROM notifications n
   WHERE n.group_id = g.id AND n.recipient_id = add_member.user_id AND n.kind = 'group_invite' AND n.status = 'pending';
  PERFORM create_notifications(ARRAY[add_member.user_id], 'generic', g.id, 'member_added', caller, at);
  PERFORM award_milestones(g.id, at);
  RETURN member_detail(g.id, add_member.user_id);
END $$;
COMMENT ON FUNCTION add_member IS
  'Adds a user without an invite, and marks a pending invite as accepted (specification 4). Errors: LK404, also for an unknown user, LK403 unless the caller is owner or admin (for the role admin: the owner), LKARC, LKFUL, 23505 if the user is already a member.';

-- If set_override is false, the override does not change; otherwise an override_minutes of NULL clears it.
CREATE FUNCTION update_member(caller uuid, group_id uuid, user_id uuid, set_override boolean, override_minutes integer,
  role member_role, at timestamptz) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups := lock_group(group_id, caller);
BEGIN
  PERFORM require_member(g.id, update_member.user_id);
  PERFORM require_role(g.id, caller, 'owner', CASE WHEN role IS NULL THEN 'admin' ELSE 'owner' END::member_role);
  IF role IS NOT NULL AND update_member.user_id = g.owner_id THEN
    RAISE EXCEPTION 'the owner must transfer the group first' USING ERRCODE = 'LKOWN';
  END IF;
  PERFORM require_active(g, at);
  UPDATE group_members m
     SET role = coalesce(update_member.role, m.role),
         override_period_target_minutes =
           CASE WHEN set_override THEN override_minutes ELSE m.override_period_target_minutes END
   WHERE m.group_id = g.id AND m.user_id = update_member.user_id;
  IF set_override THEN
    PERFORM lock_targets(g.id);
    PERFORM award_milestones(g.id, at);
  END IF;
  RETURN member_detail(g.id, update_member.user_id);
END $$;
COMMENT ON FUNCTION update_member IS
  'Sets or clears the override of a member, and sets the role, which only the owner can do. Errors: LK404 unless both are members, LK403, LKOWN for the role of the owner, LKARC.';

CREATE FUNCTION remove_member(caller uuid, group_id uuid, user_id uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups := lock_group(group_id, caller);
BEGIN
  PERFORM require_member(g.id, remove_member.user_id);
  IF caller <> remove_member.user_id THEN
    PERFORM require_role(g.id, caller, 'owner', 'admin');
    IF caller <> g.owner_id AND EXISTS (SELECT FROM group_members m WHERE m.group_id = g.id
                                           AND m.user_id = remove_member.user_id AND m.role <> 'member') THEN
      RAISE EXCEPTION 'an admin can only remove plain members' USING ERRCODE = 'LK403';
    END IF;
  ELSIF remove_member.user_id = g.owner_id THEN
    RAISE EXCEPTION 'the owner must transfer the group first' USING ERRCODE = 'LKOWN';
  END IF;
  PERFORM leave_group_sessions(g.id, remove_member.user_id, at);
  DELETE FROM group_members m WHERE m.group_id = g.id AND m.user_id = remove_member.user_id;
  IF caller <> remove_member.user_id THEN
    PERFORM create_notifications(ARRAY[remove_member.user_id], 'generic', g.id, 'member_removed', caller, at);
  END IF;
  PERFORM award_milestones(g.id, at);
END $$;
COMMENT ON FUNCTION remove_member IS
  'Removes a member, or the caller: ends running segments and hosted sessions in the group and keeps the logs (specification 4). Errors: LK404, LK403 unless the caller is the owner, an admin removing a plain member, or user_id, LKOWN if the owner leaves.';
