import { Migration } from '@mikro-orm/migrations';

/** The ends of groups, and starting over from one (SPEC 4, A group's end and Clone). */
export class Migration20261122100800Maintenance extends Migration {
  override name = '20261122100800_maintenance';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = String.raw`
-- Writes a group's end: it is archived, its open sessions end with it and its pending invites expire.
CREATE FUNCTION write_group_end(group_id uuid, ended timestamptz, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions;
BEGIN
  UPDATE groups SET status = 'archived', archived_at = ended WHERE id = write_group_end.group_id;
  FOR s IN SELECT * FROM sessions o
            WHERE o.group_id = write_group_end.group_id AND o.status <> 'ended' ORDER BY o.id FOR NO KEY UPDATE LOOP
    PERFORM expire_session(s, at);
  END LOOP;
  PERFORM close_invites(write_group_end.group_id, NULL, 'expired');
END $$;

-- Archives now: the owner. On a group that is over it is without effect.
CREATE FUNCTION archive_group(caller uuid, group_id uuid, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups := lock_group(group_id, caller);
BEGIN
  PERFORM require_role(g.id, caller, 'owner');
  IF NOT group_is_over(g, at) THEN
    PERFORM write_group_end(g.id, at, at);
  END IF;
  RETURN g.id;
END $$;

-- Writes the end of every group whose end has passed, and returns how many. Groups that somebody else is changing wait for the
-- next run.
CREATE FUNCTION archive_groups_expired_at(at timestamptz) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
  archived integer := 0;
BEGIN
  FOR g IN SELECT * FROM groups WHERE status = 'active' AND end_at <= at
            ORDER BY id FOR NO KEY UPDATE SKIP LOCKED LOOP
    PERFORM write_group_end(g.id, g.end_at, at);
    archived := archived + 1;
  END LOOP;
  RETURN archived;
END $$;

CREATE FUNCTION archive_expired_groups() RETURNS integer
LANGUAGE sql VOLATILE RETURN archive_groups_expired_at(to_ms(now()));

-- Starts a copy of a group now, for as long on the local calendar as the original was to last (SPEC 4, Clone): its whole days
-- come first, then what is left of its clock time. Members and overrides come along, the former owner as admin; new_owner
-- is the only owner, also one who was no member. Raises LK404 if there is no such group or owner.
CREATE FUNCTION clone_group_at(original_group uuid, new_owner uuid, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
  made uuid;
BEGIN
  SELECT * INTO g FROM groups WHERE id = original_group FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such group' USING ERRCODE = 'LK404';
  END IF;
  PERFORM require_person(new_owner);
  made := create_group(new_owner, g.name, g.description, at,
    greatest(at + interval '1 millisecond', ((at AT TIME ZONE g.timezone)
      + ((g.end_at AT TIME ZONE g.timezone) - (g.start_at AT TIME ZONE g.timezone))) AT TIME ZONE g.timezone),
    g.timezone, g.period, g.period_target_minutes, at);
  UPDATE group_members m SET override_period_target_minutes = o.override_period_target_minutes
    FROM group_members o
   WHERE m.group_id = made AND m.user_id = new_owner AND o.group_id = g.id AND o.user_id = new_owner;
  INSERT INTO group_members (group_id, user_id, role, override_period_target_minutes, created_at)
  SELECT made, m.user_id, CASE m.role WHEN 'owner' THEN 'admin' ELSE m.role END, m.override_period_target_minutes, at
    FROM group_members m
   WHERE m.group_id = g.id AND m.user_id <> new_owner
   ORDER BY m.created_at, m.join_order;
  PERFORM notify(m.user_id, 'generic', made, 'member_added', new_owner, at)
    FROM group_members m WHERE m.group_id = made AND m.user_id <> new_owner;
  RETURN made;
END $$;

CREATE FUNCTION clone_group(original_group uuid, new_owner uuid) RETURNS uuid
LANGUAGE sql VOLATILE RETURN clone_group_at(original_group, new_owner, to_ms(now()));

-- The same for one of the group's members: LK404 for anybody else, LK429 beyond 30 an hour.
CREATE FUNCTION clone_group_as(caller uuid, original_group uuid, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_member(original_group, caller);
  PERFORM spend(caller, 'clone', at, 30, interval '1 hour');
  RETURN clone_group_at(original_group, caller, at);
END $$;
`;

const down = `
DROP FUNCTION clone_group_as(uuid, uuid, timestamptz);
DROP FUNCTION clone_group(uuid, uuid);
DROP FUNCTION clone_group_at(uuid, uuid, timestamptz);
DROP FUNCTION archive_expired_groups();
DROP FUNCTION archive_groups_expired_at(timestamptz);
DROP FUNCTION archive_group(uuid, uuid, timestamptz);
DROP FUNCTION write_group_end(uuid, timestamptz, timestamptz);
`;
