import { Migration } from '@mikro-orm/migrations';

/** Groups and their members as tables, with the rules that hold for every client of the database. */
export class Migration20261122100100Groups extends Migration {
  override name = '20261122100100_groups';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = String.raw`
CREATE TYPE group_period AS ENUM ('daily', 'weekly');
CREATE TYPE group_status AS ENUM ('active', 'archived');
CREATE TYPE member_role AS ENUM ('owner', 'admin', 'member');

-- The time zones a group may have: UTC and the exact region names (SPEC 4, Limits). A table, since reading
-- pg_timezone_names takes 25 ms and AT TIME ZONE alone also takes POSIX rules and other spellings.
CREATE TABLE timezones (name text PRIMARY KEY);
INSERT INTO timezones
SELECT name FROM pg_timezone_names
 WHERE name = 'UTC' OR (name LIKE '%/%' AND name NOT LIKE 'posix/%' AND name NOT LIKE 'right/%');

-- The longest target in minutes that a period can hold (SPEC 4, Limits).
CREATE FUNCTION most_target_minutes(period group_period) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE period WHEN 'daily' THEN 1440 ELSE 10080 END;

CREATE TABLE groups (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  owner_id uuid NOT NULL,
  owner_role member_role NOT NULL GENERATED ALWAYS AS ('owner'::member_role) STORED,
  name text NOT NULL CONSTRAINT groups_name_length CHECK (char_length(name) BETWEEN 1 AND 120),
  description text NOT NULL DEFAULT '' CONSTRAINT groups_description_length CHECK (char_length(description) <= 2000),
  start_at timestamptz(3) NOT NULL DEFAULT to_ms(now()),
  end_at timestamptz(3) NOT NULL,
  timezone text NOT NULL REFERENCES timezones,
  period group_period NOT NULL,
  period_target_minutes integer NOT NULL,
  status group_status NOT NULL DEFAULT 'active',
  archived_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT to_ms(now()),
  updated_at timestamptz(3) NOT NULL DEFAULT to_ms(now()),
  CONSTRAINT groups_end_after_start CHECK (end_at > start_at),
  CONSTRAINT groups_within_calendar CHECK (start_at >= '2000-01-01T00:00Z' AND end_at < '2100-01-01T00:00Z'),
  CONSTRAINT groups_target_within_period CHECK (period_target_minutes BETWEEN 1 AND most_target_minutes(period)),
  CONSTRAINT groups_archived_at_when_archived CHECK ((status = 'archived') = (archived_at IS NOT NULL))
);
CREATE INDEX groups_to_archive ON groups (end_at) WHERE status = 'active';
CREATE TRIGGER groups_updated_at BEFORE UPDATE ON groups FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE group_members (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  group_id uuid NOT NULL REFERENCES groups ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
  role member_role NOT NULL DEFAULT 'member',
  override_period_target_minutes integer CHECK (override_period_target_minutes >= 1),
  created_at timestamptz(3) NOT NULL DEFAULT to_ms(now()),
  join_order bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  UNIQUE (group_id, user_id),
  CONSTRAINT group_members_role_key UNIQUE (group_id, user_id, role)
);
COMMENT ON COLUMN group_members.join_order IS 'Who came first of those who joined at the same instant, as all members of a copy do.';
CREATE INDEX group_members_user_id ON group_members (user_id);

-- Exactly one owner, the member that groups.owner_id names (SPEC 2): the key proves at every commit that this member
-- is there as owner, the index that there is no second one.
ALTER TABLE groups ADD CONSTRAINT groups_owner_is_member
  FOREIGN KEY (id, owner_id, owner_role) REFERENCES group_members (group_id, user_id, role)
  DEFERRABLE INITIALLY DEFERRED;
CREATE UNIQUE INDEX group_members_one_owner ON group_members (group_id) WHERE role = 'owner';

-- A group's end (SPEC 4): from then on it is archived for every reader and rule, whatever status says.
CREATE FUNCTION group_end(g groups) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN least(g.end_at, g.archived_at);

CREATE FUNCTION group_is_over(g groups, at timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN least(g.end_at, g.archived_at) <= at;

CREATE FUNCTION group_status_at(g groups, at timestamptz) RETURNS group_status
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN least(g.end_at, g.archived_at) <= at THEN 'archived'::group_status ELSE 'active' END;

-- Trigger: nobody joins a group that is over (LKARC). It locks the group, so that joining, archiving and the
-- count below take turns.
CREATE FUNCTION prevent_members_on_archived_groups() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
BEGIN
  SELECT * INTO g FROM groups WHERE id = NEW.group_id FOR NO KEY UPDATE;
  IF g.status = 'archived' OR group_is_over(g, now()) THEN
    RAISE EXCEPTION 'group % is archived', g.id USING ERRCODE = 'LKARC';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER group_members_not_when_archived BEFORE INSERT ON group_members
  FOR EACH ROW EXECUTE FUNCTION prevent_members_on_archived_groups();

-- Trigger: a row stays with what it belongs to. Moved, a membership would get past the rules of joining, and logs would
-- count for a group or person that is no longer theirs.
CREATE FUNCTION refuse_move() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'rows of % stay with what they belong to', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER group_members_stay BEFORE UPDATE OF group_id, user_id ON group_members
  FOR EACH ROW WHEN ((OLD.group_id, OLD.user_id) IS DISTINCT FROM (NEW.group_id, NEW.user_id))
  EXECUTE FUNCTION refuse_move();

-- Trigger: at most 500 members a group (SPEC 4, Limits); LKFUL.
CREATE FUNCTION limit_group_members() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM (SELECT DISTINCT group_id FROM joined) touched
              WHERE (SELECT count(*) FROM group_members m WHERE m.group_id = touched.group_id) > 500) THEN
    RAISE EXCEPTION 'a group has at most 500 members' USING ERRCODE = 'LKFUL';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER group_members_at_most_500 AFTER INSERT ON group_members
  REFERENCING NEW TABLE AS joined FOR EACH STATEMENT EXECUTE FUNCTION limit_group_members();

-- Trigger: an override keeps to what the group's period can hold (SPEC 4, Limits), told as a broken constraint.
CREATE FUNCTION check_override_within_period() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.override_period_target_minutes > (SELECT most_target_minutes(period) FROM groups WHERE id = NEW.group_id) THEN
    RAISE EXCEPTION 'the override is longer than the period'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'group_members_override_within_period';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER group_members_override_within_period
  BEFORE INSERT OR UPDATE OF override_period_target_minutes ON group_members
  FOR EACH ROW WHEN (NEW.override_period_target_minutes IS NOT NULL)
  EXECUTE FUNCTION check_override_within_period();

-- The group as every answer shows it; status and archived_at as they are at the instant, written or not.
CREATE FUNCTION group_json(g groups, at timestamptz) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_object(
  'id', g.id, 'owner_id', g.owner_id, 'name', g.name, 'description', g.description,
  'start_at', rfc3339(g.start_at), 'end_at', rfc3339(g.end_at), 'timezone', g.timezone,
  'period', g.period, 'period_target_minutes', g.period_target_minutes,
  'status', group_status_at(g, at),
  'archived_at', CASE WHEN group_is_over(g, at) THEN rfc3339(group_end(g)) END,
  'created_at', rfc3339(g.created_at), 'updated_at', rfc3339(g.updated_at));

CREATE FUNCTION member_json(m group_members, p profiles) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_object(
  'group_id', m.group_id, 'user_id', m.user_id, 'role', m.role,
  'override_period_target_minutes', m.override_period_target_minutes,
  'created_at', rfc3339(m.created_at), 'user', user_summary(p));

-- All members as a JSON array: owner first, then by joining (SPEC 4). Its plan is kept: to plan anew takes as long as to run.
CREATE FUNCTION group_member_list(group_id uuid) RETURNS json
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN (
    SELECT json_agg(member_json(m, p) ORDER BY m.role <> 'owner', m.created_at, m.join_order)
      FROM group_members m JOIN profiles p ON p.id = m.user_id
     WHERE m.group_id = group_member_list.group_id);
END $$;
`;

const down = `
DROP FUNCTION group_member_list(uuid);
DROP FUNCTION member_json(group_members, profiles);
DROP FUNCTION group_json(groups, timestamptz);
DROP FUNCTION group_status_at(groups, timestamptz);
DROP FUNCTION group_is_over(groups, timestamptz);
DROP FUNCTION group_end(groups);
ALTER TABLE groups DROP CONSTRAINT groups_owner_is_member;
DROP TABLE group_members, groups;
DROP FUNCTION check_override_within_period();
DROP FUNCTION limit_group_members();
DROP FUNCTION refuse_move();
DROP FUNCTION prevent_members_on_archived_groups();
DROP FUNCTION most_target_minutes(group_period);
DROP TABLE timezones;
DROP TYPE member_role, group_status, group_period;
`;
