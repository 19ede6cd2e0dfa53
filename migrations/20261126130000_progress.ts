import { Migration } from '@mikro-orm/migrations';

/** The history of targets, milestones, streaks and open race streams. */
export class Progress extends Migration {
  override name = '20261126130000_progress';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = `
CREATE TYPE member_period_progress AS (
  group_id uuid,
  user_id uuid,
  period_start timestamptz,
  period_end timestamptz,
  seconds_done bigint,
  target_minutes integer,
  goal_met boolean
);

-- A past period is judged by the target in force when it ended, so that changing a target or an override never rewrites
-- history (specification 6).
CREATE TABLE target_changes (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  group_id uuid NOT NULL REFERENCES groups ON DELETE CASCADE,
  user_id uuid REFERENCES profiles ON DELETE CASCADE,
  target_minutes integer,
  changed_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', now()),
  PRIMARY KEY (group_id, id),
  CONSTRAINT target_changes_group_has_target CHECK (user_id IS NOT NULL OR target_minutes IS NOT NULL)
);
COMMENT ON TABLE target_changes IS 'Every target that a group or a member has had, in the order of commits.';
COMMENT ON COLUMN target_changes.user_id IS 'Whose override; NULL for the target of the group.';
COMMENT ON COLUMN target_changes.target_minutes IS 'NULL from when on there is no override.';
CREATE INDEX target_changes_in_force ON target_changes (group_id, user_id, changed_at DESC, id DESC);
CREATE INDEX target_changes_latest ON target_changes (group_id, changed_at);
CREATE INDEX target_changes_of_user ON target_changes (user_id);

CREATE TABLE milestones (
  group_id uuid NOT NULL REFERENCES groups ON DELETE CASCADE,
  user_id uuid REFERENCES profiles ON DELETE CASCADE,
  period_start timestamptz(3) NOT NULL,
  reached_at timestamptz(3) NOT NULL,
  CONSTRAINT milestones_once_a_period UNIQUE NULLS NOT DISTINCT (group_id, period_start, user_id)
);
COMMENT ON TABLE milestones IS 'Which goals were met, each once a period: a member''s, or everybody''s where user_id is NULL.';
CREATE INDEX milestones_of_user ON milestones (user_id);

CREATE TABLE remembered_streaks (
  group_id uuid PRIMARY KEY REFERENCES groups ON DELETE CASCADE,
  until timestamptz(3) NOT NULL,
  user_ids uuid[] NOT NULL DEFAULT '{}',
  current integer[] NOT NULL DEFAULT '{}',
  best integer[] NOT NULL DEFAULT '{}',
  due_at timestamptz(3) NOT NULL DEFAULT '-infinity'
);
COMMENT ON TABLE remembered_streaks IS 'The streaks of each group as they were when a period began, as arrays of the same length.';
COMMENT ON COLUMN remembered_streaks.until IS 'Where that period began: all before it counts.';
COMMENT ON COLUMN remembered_streaks.due_at IS 'When a job counts the next period.';
CREATE INDEX remembered_streaks_due ON remembered_streaks (due_at);

-- No key to groups: whoever writes a log would lock the group after the session.
CREATE TABLE stale_streaks (
  group_id uuid,
  id bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (group_id, id)
);
COMMENT ON TABLE stale_streaks IS 'The groups whose remembered streaks do not count any more. Writers add rows, so none waits for another.';

-- No key to people: whoever deletes one would wait here for somebody who waits for that.
CREATE TABLE live_processes (
  id uuid PRIMARY KEY,
  seen_at timestamptz NOT NULL
);
COMMENT ON TABLE live_processes IS 'The processes of the API, and when each was last known to be alive.';
CREATE TABLE live_streams (
  id uuid PRIMARY KEY,
  process_id uuid NOT NULL REFERENCES live_processes ON DELETE CASCADE,
  user_id uuid NOT NULL
);
COMMENT ON TABLE live_streams IS 'The open streams of each person, by process: at most so many are allowed.';
CREATE INDEX live_streams_of_user ON live_streams (user_id);
CREATE INDEX live_streams_of_process ON live_streams (process_id);
`;

const down = `
DROP TABLE live_streams, live_processes, stale_streaks, remembered_streaks, milestones, target_changes;
DROP TYPE member_period_progress;
`;
