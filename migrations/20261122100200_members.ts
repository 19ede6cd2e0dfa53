import { Migration } from '@mikro-orm/migrations';

/** What people do to groups and memberships. Every function locks the group first, so that they take turns. */
export class Migration20261122100200Members extends Migration {
  override name = '20261122100200_members';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = String.raw`
-- Locks a group for a change by one of its members and returns it; LK404 unless the caller is one.
CREATE FUNCTION lock_group(group_id uuid, caller uuid) RETURNS groups
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
BEGIN
  SELECT * INTO g FROM groups WHERE id = lock_group.group_id FOR NO KEY UPDATE;
  IF NOT EXISTS (SELECT FROM group_members m WHERE m.group_id = g.id AND m.user_id = caller) THEN
    RAISE EXCEPTION 'no such group' USING ERRCODE = 'LK404';
  END IF;
  RETURN g;
END $$;

-- Raises LK403 unless the member's role is among those allowed.
CREATE FUNCTION require_role(group_id uuid, caller uuid, VARIADIC allowed member_role[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM group_members m
                  WHERE m.group_id = require_role.group_id AND m.user_id = caller AND m.role = ANY (allowed)) THEN
    RAISE EXCEPTION 'only % may do this', array_to_string(allowed, ', ') USING ERRCODE = 'LK403';
  END IF;
END $$;

-- Raises LK404 unless the person is a member.
CREATE FUNCTION require_member(group_id uuid, person uuid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM group_members m WHERE m.group_id = require_member.group_id AND m.user_id = person) THEN
    RAISE EXCEPTION 'no such member' USING ERRCODE = 'LK404';
  END IF;
END $$;

-- Raises LK404 unless there is such a person.
CREATE FUNCTION require_person(person uuid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM profiles p WHERE p.id = person) THEN
    RAISE EXCEPTION 'no such person' USING ERRCODE = 'LK404';
  END IF;
END $$;

-- Raises LKARC once the group is over (SPEC 4, A group's end); one that was archived while this waited for it is, too,
-- though it was not at the instant.
CREATE FUNCTION require_active(g groups, at timestamptz) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF g.status = 'archived' OR group_is_over(g, at) THEN
    RAISE EXCEPTION 'group % is archived', g.id USING ERRCODE = 'LKARC';
  END IF;
END $$;

-- Refuses an end that is not in the future, told as a broken constraint (SPEC 4, Limits).
CREATE FUNCTION require_future_end(end_at timestamptz, at timestamptz) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF end_at <= at THEN
    RAISE EXCEPTION 'the end is not in the future'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'groups_end_in_future';
  END IF;
END $$;

-- Makes a group that the caller owns; NULL for start_at is the instant, NULL for description is none.
CREATE FUNCTION create_group(caller uuid, name text, description text, start_at timestamptz, end_at timestamptz,
  timezone text, period group_period, target_minutes integer, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  made uuid;
BEGIN
  PERFORM require_future_end(create_group.end_at, create_group.at);
  INSERT INTO groups (owner_id, name, description, start_at, end_at, timezone, period, period_target_minutes, created_at)
  VALUES (caller, create_group.name, coalesce(create_group.description, ''),
          coalesce(create_group.start_at, create_group.at), create_group.end_at,
          create_group.timezone, create_group.period, target_minutes, create_group.at)
  RETURNING id INTO made;
  INSERT INTO group_members (group_id, user_id, role, created_at) VALUES (made, caller, 'owner', create_group.at);
  RETURN made;
END $$;

-- Changes what is not NULL. Owner and admins; LKARC when archived.
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
    PERFORM award_milestones(locked.id, update_group.at);
  END IF;
  RETURN locked.id;
END $$;

-- Hands the group to a member; the old owner stays as admin (SPEC 4). Also on an archived group, so that its owner can
-- leave. LK404 if the heir is no member; to oneself it is without effect.
CREATE FUNCTION transfer_group(caller uuid, group_id uuid, heir uuid, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups := lock_group(group_id, caller);
BEGIN
  PERFORM require_member(g.id, heir);
  PERFORM require_role(g.id, caller, 'owner');
  IF heir = g.owner_id THEN
    RETURN g.id;
  END IF;
  UPDATE group_members m SET role = 'admin' WHERE m.group_id = g.id AND m.user_id = g.owner_id;
  UPDATE group_members m SET role = 'owner' WHERE m.group_id = g.id AND m.user_id = heir;
  UPDATE groups SET owner_id = heir WHERE id = g.id;
  PERFORM notify(heir, 'generic', g.id, 'ownership_transferred', caller, at);
  RETURN g.id;
END $$;

-- Adds somebody without asking. Only the owner makes admins (LK403). LK404 for an unknown person, LKARC, LKFUL;
-- a second time breaks the key of group_members.
CREATE FUNCTION add_member(caller uuid, group_id uuid, person uuid, role member_role, at timestamptz) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups := lock_group(group_id, caller);
BEGIN
  PERFORM require_person(person);
  PERFORM require_role(g.id, caller, 'owner', CASE role WHEN 'admin' THEN 'owner' ELSE 'admin' END::member_role);
  PERFORM require_active(g, at);
  INSERT INTO group_members (group_id, user_id, role, created_at) VALUES (g.id, person, add_member.role, at);
  PERFORM answer_invite_of_added(g.id, person, caller, at);
  PERFORM notify(person, 'generic', g.id, 'member_added', caller, at);
  PERFORM award_milestones(g.id, at);
  RETURN member_text(g.id, person);
END $$;

-- One member as the API shows it, NULL if there is none.
CREATE FUNCTION member_text(group_id uuid, person uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (SELECT member_json(m, p)::text FROM group_members m JOIN profiles p ON p.id = m.user_id
           WHERE m.group_id = member_text.group_id AND m.user_id = person);
END $$;

-- Sets an override (set_override tells it from leaving it as it is; NULL clears) and, by the owner, a role.
-- LK404 if the person is no member, LKOWN for the owner's own role, LKARC when archived.
CREATE FUNCTION update_member(caller uuid, group_id uuid, person uuid, set_override boolean, override_minutes integer,
  role member_role, at timestamptz) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups := lock_group(group_id, caller);
BEGIN
  PERFORM require_member(g.id, person);
  PERFORM require_role(g.id, caller, 'owner', CASE WHEN role IS NULL THEN 'admin' ELSE 'owner' END::member_role);
  IF role IS NOT NULL AND person = g.owner_id THEN
    RAISE EXCEPTION 'the owner hands the group over first' USING ERRCODE = 'LKOWN';
  END IF;
  PERFORM require_active(g, at);
  UPDATE group_members m
     SET role = coalesce(update_member.role, m.role),
         override_period_target_minutes =
           CASE WHEN set_override THEN override_minutes ELSE m.override_period_target_minutes END
   WHERE m.group_id = g.id AND m.user_id = person;
  PERFORM award_milestones(g.id, at);
  RETURN member_text(g.id, person);
END $$;

-- Removes a member, or leaves. An admin removes plain members only; the owner hands over first (LKOWN).
-- The logs stay and count again on return; running segments and hosted sessions end here (SPEC 4).
CREATE FUNCTION remove_member(caller uuid, group_id uuid, person uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups := lock_group(group_id, caller);
BEGIN
  PERFORM require_member(g.id, person);
  IF caller <> person THEN
    PERFORM require_role(g.id, caller, 'owner', 'admin');
    IF caller <> g.owner_id
      AND EXISTS (SELECT FROM group_members m WHERE m.group_id = g.id AND m.user_id = person AND m.role <> 'member') THEN
      RAISE EXCEPTION 'an admin removes members only' USING ERRCODE = 'LK403';
    END IF;
  ELSIF person = g.owner_id THEN
    RAISE EXCEPTION 'the owner hands the group over first' USING ERRCODE = 'LKOWN';
  END IF;
  PERFORM leave_group_sessions(g.id, person, at);
  DELETE FROM group_members m WHERE m.group_id = g.id AND m.user_id = person;
  IF caller <> person THEN
    PERFORM notify(person, 'generic', g.id, 'member_removed', caller, at);
  END IF;
  PERFORM award_milestones(g.id, at);
END $$;
`;

const down = `
DROP FUNCTION remove_member(uuid, uuid, uuid, timestamptz);
DROP FUNCTION update_member(uuid, uuid, uuid, boolean, integer, member_role, timestamptz);
DROP FUNCTION member_text(uuid, uuid);
DROP FUNCTION add_member(uuid, uuid, uuid, member_role, timestamptz);
DROP FUNCTION transfer_group(uuid, uuid, uuid, timestamptz);
DROP FUNCTION update_group(uuid, uuid, text, text, timestamptz, integer, timestamptz);
DROP FUNCTION create_group(uuid, text, text, timestamptz, timestamptz, text, group_period, integer, timestamptz);
DROP FUNCTION require_future_end(timestamptz, timestamptz);
DROP FUNCTION require_active(groups, timestamptz);
DROP FUNCTION require_person(uuid);
DROP FUNCTION require_member(uuid, uuid);
DROP FUNCTION require_role(uuid, uuid, member_role[]);
DROP FUNCTION lock_group(uuid, uuid);
`;
