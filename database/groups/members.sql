-- It locks the group, so that joining, archiving and the limit of members take turns.
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
  'Trigger: nobody joins a group that has ended (specification 4); copies the group''s period and creation into the membership. Error: LKARC.';
CREATE TRIGGER group_members_not_when_archived BEFORE INSERT ON group_members
  FOR EACH ROW EXECUTE FUNCTION prevent_members_on_archived_groups();
COMMENT ON TRIGGER group_members_not_when_archived ON group_members IS 'Nobody joins an archived group.';

CREATE TRIGGER group_members_stay BEFORE UPDATE OF group_id, user_id ON group_members
  FOR EACH ROW WHEN ((OLD.group_id, OLD.user_id) IS DISTINCT FROM (NEW.group_id, NEW.user_id))
  EXECUTE FUNCTION prevent_reassignment('group_id, user_id');
COMMENT ON TRIGGER group_members_stay ON group_members IS
  'A moved membership would get past the rules of joining, and logs would count for another group or person.';

CREATE FUNCTION limit_group_members() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM (SELECT DISTINCT group_id FROM joined) touched
              WHERE (SELECT count(*) FROM group_members m WHERE m.group_id = touched.group_id) > 500) THEN
    RAISE EXCEPTION 'a group has at most 500 members' USING ERRCODE = 'LKFUL';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION limit_group_members IS 'Trigger: at most 500 members a group (specification 4, Limits). Error: LKFUL.';
CREATE TRIGGER group_members_at_most_500 AFTER INSERT ON group_members
  REFERENCING NEW TABLE AS joined FOR EACH STATEMENT EXECUTE FUNCTION limit_group_members();
COMMENT ON TRIGGER group_members_at_most_500 ON group_members IS 'At most 500 members a group.';

-- It locks the group against an archiving at the same time. Ownership is transferred in an archived group too.
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
  'Trigger: overrides and roles stay as they are once the group has ended (specification 4). Error: LKARC.';
CREATE TRIGGER group_members_change_not_when_archived BEFORE UPDATE OF override_period_target_minutes, role ON group_members
  FOR EACH ROW WHEN (OLD.override_period_target_minutes IS DISTINCT FROM NEW.override_period_target_minutes
    OR (OLD.role <> NEW.role AND OLD.role <> 'owner' AND NEW.role <> 'owner'))
  EXECUTE FUNCTION prevent_changes_on_archived_groups();
COMMENT ON TRIGGER group_members_change_not_when_archived ON group_members IS
  'No override and no role is changed in an archived group.';

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
  'Trigger: whoever leaves a group leaves its open sessions first, as remove_member() does (specification 4). Error: 23000.';
CREATE TRIGGER group_members_leave_sessions_first BEFORE DELETE ON group_members
  FOR EACH ROW EXECUTE FUNCTION prevent_removal_from_open_sessions();
COMMENT ON TRIGGER group_members_leave_sessions_first ON group_members IS 'Who takes part in a session is a member of its group.';

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
  'Locks a group for a change by one of its members and returns it. Error: LK404 unless the caller is a member.';

CREATE FUNCTION group_member_ids(group_id uuid) RETURNS uuid[]
LANGUAGE sql STABLE AS $$
  SELECT ARRAY(SELECT m.user_id FROM public.group_members m WHERE m.group_id = group_member_ids.group_id)
$$;
COMMENT ON FUNCTION group_member_ids IS 'The members of a group, in no order.';

CREATE FUNCTION require_role(group_id uuid, caller uuid, VARIADIC allowed member_role[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM group_members m
                  WHERE m.group_id = require_role.group_id AND m.user_id = caller AND m.role = ANY (allowed)) THEN
    RAISE EXCEPTION 'only % may do this', array_to_string(allowed, ', ') USING ERRCODE = 'LK403';
  END IF;
END $$;
COMMENT ON FUNCTION require_role IS 'Error: LK403 unless the caller is a member with one of the roles.';

CREATE FUNCTION require_member(group_id uuid, user_id uuid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM group_members m
                  WHERE m.group_id = require_member.group_id AND m.user_id = require_member.user_id) THEN
    RAISE EXCEPTION 'no such group or member' USING ERRCODE = 'LK404';
  END IF;
END $$;
COMMENT ON FUNCTION require_member IS 'Error: LK404 unless the person is a member of the group.';

-- One row, so that a statement which calls it in FROM takes it in. A record costs half of json_build_object(): "user" is
-- user_summary() as a record.
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
  'The members of a group, or one of them, as a JSON array: owner first, then by joining (specification 4).';

CREATE FUNCTION member_detail(group_id uuid, user_id uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (SELECT members -> 0 FROM group_member_list(member_detail.group_id, member_detail.user_id) members);
END $$;
COMMENT ON FUNCTION member_detail IS 'One member as JSON, NULL if there is none.';

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
  'Adds somebody without asking, and answers a pending invite as accepted (specification 4). Errors: LK404 for an unknown person, LK403, also unless the owner makes an admin, LKARC, LKFUL, 23505 for a member.';

-- set_override tells a NULL that clears from one that leaves the override as it is.
CREATE FUNCTION update_member(caller uuid, group_id uuid, user_id uuid, set_override boolean, override_minutes integer,
  role member_role, at timestamptz) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups := lock_group(group_id, caller);
BEGIN
  PERFORM require_member(g.id, update_member.user_id);
  PERFORM require_role(g.id, caller, 'owner', CASE WHEN role IS NULL THEN 'admin' ELSE 'owner' END::member_role);
  IF role IS NOT NULL AND update_member.user_id = g.owner_id THEN
    RAISE EXCEPTION 'the owner transfers the group first' USING ERRCODE = 'LKOWN';
  END IF;
  PERFORM require_active(g, at);
  UPDATE group_members m
     SET role = coalesce(update_member.role, m.role),
         override_period_target_minutes =
           CASE WHEN set_override THEN override_minutes ELSE m.override_period_target_minutes END
   WHERE m.group_id = g.id AND m.user_id = update_member.user_id;
  PERFORM award_milestones(g.id, at);
  RETURN member_detail(g.id, update_member.user_id);
END $$;
COMMENT ON FUNCTION update_member IS
  'Sets or clears an override and, by the owner, a role. Errors: LK404 unless a member, LK403, LKOWN for the owner''s own role, LKARC.';

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
      RAISE EXCEPTION 'an admin removes members only' USING ERRCODE = 'LK403';
    END IF;
  ELSIF remove_member.user_id = g.owner_id THEN
    RAISE EXCEPTION 'the owner transfers the group first' USING ERRCODE = 'LKOWN';
  END IF;
  PERFORM leave_group_sessions(g.id, remove_member.user_id, at);
  DELETE FROM group_members m WHERE m.group_id = g.id AND m.user_id = remove_member.user_id;
  IF caller <> remove_member.user_id THEN
    PERFORM create_notifications(ARRAY[remove_member.user_id], 'generic', g.id, 'member_removed', caller, at);
  END IF;
  PERFORM award_milestones(g.id, at);
END $$;
COMMENT ON FUNCTION remove_member IS
  'Removes a member, or leaves: running segments and hosted sessions end here, the logs stay (specification 4). Errors: LK404, LK403 unless the owner, an admin removing a plain member or oneself, LKOWN for the owner.';
