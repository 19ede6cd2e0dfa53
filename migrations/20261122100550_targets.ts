import { Migration } from '@mikro-orm/migrations';

/** What the targets were at any time. */
export class Migration20261122100550Targets extends Migration {
  override name = '20261122100550_targets';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = String.raw`
-- Every target that a group or a member has had. A past period is judged by the one in force when it ended, so that
-- changing a target or an override never rewrites history (SPEC 6).
CREATE TABLE target_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  group_id uuid NOT NULL REFERENCES groups ON DELETE CASCADE,
  user_id uuid REFERENCES profiles ON DELETE CASCADE,
  target_minutes integer,
  changed_at timestamptz(3) NOT NULL DEFAULT to_ms(now()),
  CONSTRAINT target_changes_group_has_target CHECK (user_id IS NOT NULL OR target_minutes IS NOT NULL)
);
COMMENT ON COLUMN target_changes.user_id IS 'Whose override; NULL for the target of the group.';
COMMENT ON COLUMN target_changes.target_minutes IS 'NULL from when on there is no override.';
CREATE INDEX target_changes_in_force ON target_changes (group_id, user_id, changed_at DESC, id DESC);
CREATE INDEX target_changes_latest ON target_changes (group_id, changed_at);
CREATE INDEX target_changes_of_user ON target_changes (user_id);

-- Triggers: write down every target as it is set. A membership begins with a row of its own, so that somebody who comes
-- back does not find an old override.
CREATE FUNCTION record_group_target() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO target_changes (group_id, target_minutes) VALUES (NEW.id, NEW.period_target_minutes);
  RETURN NULL;
END $$;
CREATE TRIGGER groups_record_first_target AFTER INSERT ON groups
  FOR EACH ROW EXECUTE FUNCTION record_group_target();
CREATE TRIGGER groups_record_target AFTER UPDATE OF period_target_minutes ON groups
  FOR EACH ROW WHEN (OLD.period_target_minutes <> NEW.period_target_minutes) EXECUTE FUNCTION record_group_target();

CREATE FUNCTION record_override() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO target_changes (group_id, user_id, target_minutes)
  VALUES (NEW.group_id, NEW.user_id, NEW.override_period_target_minutes);
  RETURN NULL;
END $$;
CREATE TRIGGER group_members_record_first_override AFTER INSERT ON group_members
  FOR EACH ROW EXECUTE FUNCTION record_override();
CREATE TRIGGER group_members_record_override AFTER UPDATE OF override_period_target_minutes ON group_members
  FOR EACH ROW WHEN (OLD.override_period_target_minutes IS DISTINCT FROM NEW.override_period_target_minutes)
  EXECUTE FUNCTION record_override();

-- The target in minutes that was in force for a member just before a moment: the override, else the group's. A group may
-- begin before it was made: for what lies before its first target, that one counts.
CREATE FUNCTION target_before(group_id uuid, person uuid, moment timestamptz) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN coalesce(
    (SELECT c.target_minutes FROM target_changes c
      WHERE c.group_id = target_before.group_id AND c.user_id = person AND c.changed_at < moment
      ORDER BY c.changed_at DESC, c.id DESC LIMIT 1),
    (SELECT c.target_minutes FROM target_changes c
      WHERE c.group_id = target_before.group_id AND c.user_id IS NULL AND c.changed_at < moment
      ORDER BY c.changed_at DESC, c.id DESC LIMIT 1),
    (SELECT c.target_minutes FROM target_changes c
      WHERE c.group_id = target_before.group_id AND c.user_id IS NULL
      ORDER BY c.changed_at, c.id LIMIT 1));
END $$;
`;

const down = `
DROP FUNCTION target_before(uuid, uuid, timestamptz);
DROP TRIGGER group_members_record_override ON group_members;
DROP TRIGGER group_members_record_first_override ON group_members;
DROP FUNCTION record_override();
DROP TRIGGER groups_record_target ON groups;
DROP TRIGGER groups_record_first_target ON groups;
DROP FUNCTION record_group_target();
DROP TABLE target_changes;
`;
