import { Migration } from '@mikro-orm/migrations';

/** Goals that were met by a session which then ended by itself (SPEC 8). */
export class Migration20261122101100GoalsOfEndedSessions extends Migration {
  override name = '20261122101100_goals_of_ended_sessions';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = String.raw`
ALTER TABLE sessions ADD COLUMN goals_due boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN sessions.goals_due IS
  'Ended by itself, and its last minute was not looked at for goals yet: award_running_milestones() does.';
CREATE INDEX sessions_goals_due ON sessions (id) WHERE goals_due;

-- Writes the end that an open, locked session came to by itself, and tells its host (SPEC 5). Whoever came upon that end
-- may be in the middle of something else: goals that were met by then are left to award_running_milestones().
CREATE OR REPLACE FUNCTION expire_session(s sessions, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM end_session(s.id, s.expires_at, true);
  UPDATE sessions o SET goals_due = true WHERE o.id = s.id AND o.group_id IS NOT NULL;
  IF s.creator_id IS NOT NULL THEN
    PERFORM notify(s.creator_id, 'session_reminder', s.group_id, 'session_ended_by_itself', s.creator_id, at,
                   jsonb_build_object('session_id', s.id));
  END IF;
END $$;

-- Looks for goals that were met by sessions which run or ended by themselves since, group by group; returns how many
-- groups it looked at. Sessions that somebody is changing are left to the next time.
CREATE OR REPLACE FUNCTION award_running_milestones(at timestamptz) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  met uuid;
  seen integer := 0;
BEGIN
  FOR met IN
    WITH due AS (
      SELECT s.id FROM sessions s WHERE s.goals_due ORDER BY s.id FOR NO KEY UPDATE SKIP LOCKED
    ), ended AS (
      UPDATE sessions s SET goals_due = false FROM due WHERE s.id = due.id RETURNING s.group_id
    )
    SELECT e.group_id FROM ended e WHERE e.group_id IS NOT NULL
    UNION
    SELECT s.group_id FROM sessions s WHERE s.status = 'running' AND s.group_id IS NOT NULL
    ORDER BY group_id
  LOOP
    PERFORM award_milestones(met, at);
    seen := seen + 1;
  END LOOP;
  RETURN seen;
END $$;
`;

const down = String.raw`
CREATE OR REPLACE FUNCTION award_running_milestones(at timestamptz) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  running uuid;
  seen integer := 0;
BEGIN
  FOR running IN SELECT DISTINCT s.group_id FROM sessions s
                  WHERE s.status = 'running' AND s.group_id IS NOT NULL ORDER BY s.group_id LOOP
    PERFORM award_milestones(running, at);
    seen := seen + 1;
  END LOOP;
  RETURN seen;
END $$;

CREATE OR REPLACE FUNCTION expire_session(s sessions, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM end_session(s.id, s.expires_at, true);
  IF s.creator_id IS NOT NULL THEN
    PERFORM notify(s.creator_id, 'session_reminder', s.group_id, 'session_ended_by_itself', s.creator_id, at,
                   jsonb_build_object('session_id', s.id));
  END IF;
END $$;

ALTER TABLE sessions DROP COLUMN goals_due;
`;
