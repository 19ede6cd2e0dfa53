import { Migration } from '@mikro-orm/migrations';

/** Groups and their members. */
export class Groups extends Migration {
  override name = '20261126110000_groups';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

/** The maximum target in minutes, by the length of the period (specification 4, Limits). */
const maxTargetMinutes = (period: string): string => `CASE ${period} WHEN 'daily' THEN 1440 ELSE 10080 END`;

const up = `
CREATE TYPE group_period AS ENUM ('daily', 'weekly');
CREATE TYPE group_status AS ENUM ('active', 'archived');
CREATE TYPE member_role AS ENUM ('owner', 'admin', 'member');

CREATE TABLE groups (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  owner_id uuid NOT NULL,
  owner_role member_role NOT NULL GENERATED ALWAYS AS ('owner'::member_role) STORED,
  name text NOT NULL CONSTRAINT groups_name_length CHECK (char_length(name) BETWEEN 1 AND 120),
  description text NOT NULL DEFAULT '' CONSTRAINT groups_description_length CHECK (char_length(description) <= 2000),
  start_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', now()),
  end_at timestamptz(3) NOT NULL,
  timezone text NOT NULL,
  period group_period NOT NULL,
  period_target_minutes integer NOT NULL,
  status group_status NOT NULL DEFAULT 'active',
  archived_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', now()),
  updated_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', now()),
  CONSTRAINT groups_end_after_start CHECK (end_at > start_at),
  CONSTRAINT groups_within_calendar CHECK (start_at >= '2000-01-01T00:00Z' AND end_at < '2100-01-01T00:00Z'),
  CONSTRAINT groups_target_within_period CHECK (period_target_minutes BETWEEN 1 AND ${maxTargetMinutes('period')}),
  CONSTRAINT groups_archived_at_when_archived CHECK ((status = 'archived') = (archived_at IS NOT NULL)),
  CONSTRAINT groups_copied_key UNIQUE (id, period, created_at)
);
CREATE INDEX groups_to_archive ON groups (end_at) WHERE status = 'active';

-- group_period and group_created_at are the group's: a trigger fills them and the key keeps them. A constraint holds the
-- override to the period; the creation makes a person's newest groups one range of an index.
CREATE TABLE group_members (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  group_id uuid NOT NULL,
  user_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
  role member_role NOT NULL DEFAULT 'member',
  group_period group_period NOT NULL DEFAULT 'daily',
  group_created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', now()),
  override_period_target_minutes integer CHECK (override_period_target_minutes >= 1),
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', now()),
  join_order bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  CONSTRAINT group_members_group_id_user_id_key PRIMARY KEY (group_id, user_id),
  CONSTRAINT group_members_role_key UNIQUE (group_id, user_id, role),
  CONSTRAINT group_members_group_id_fkey FOREIGN KEY (group_id, group_period, group_created_at)
    REFERENCES groups (id, period, created_at) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT group_members_override_within_period
    CHECK (override_period_target_minutes <= ${maxTargetMinutes('group_period')})
);
COMMENT ON COLUMN group_members.join_order IS 'Who came first of those who joined at the same instant, as all members of a copy do.';
CREATE INDEX group_members_newest ON group_members (user_id, group_created_at DESC, group_id DESC);

-- Exactly one owner, the member that groups.owner_id names (specification 2): the key proves at every commit that this
-- member is there as owner, the index that there is no second one.
ALTER TABLE groups ADD CONSTRAINT groups_owner_is_member
  FOREIGN KEY (id, owner_id, owner_role) REFERENCES group_members (group_id, user_id, role)
  DEFERRABLE INITIALLY DEFERRED;
CREATE UNIQUE INDEX group_members_one_owner ON group_members (group_id) WHERE role = 'owner';
`;

const down = `
ALTER TABLE groups DROP CONSTRAINT groups_owner_is_member;
DROP TABLE group_members, groups;
DROP TYPE member_role, group_status, group_period;
`;
