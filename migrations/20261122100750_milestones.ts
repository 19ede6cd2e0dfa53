import { Migration } from '@mikro-orm/migrations';

/** Goals met: by a member, and by everybody (SPEC 8). */
export class Migration20261122100750Milestones extends Migration {
  override name = '20261122100750_milestones';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = String.raw`
-- Which goals were met: a member's, or everybody's where user_id is NULL. The key makes each of them once a period.
CREATE TABLE milestones (
  group_id uuid NOT NULL REFERENCES groups ON DELETE CASCADE,
  user_id uuid REFERENCES profiles ON DELETE CASCADE,
  period_start timestamptz(3) NOT NULL,
  reached_at timestamptz(3) NOT NULL,
  CONSTRAINT milestones_once_a_period UNIQUE NULLS NOT DISTINCT (group_id, period_start, user_id)
);
CREATE INDEX milestones_of_user ON milestones (user_id);

-- Tells the members of a group of the goals that are met in the current period and were not before: a member of the own
-- one, all members of the last one (SPEC 8). Whoever changes what counts calls it last in the transaction. Calls for one
-- group take turns until they commit, so of two members who finish together the second sees them both.
CREATE FUNCTION award_milestones(group_id uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  reached milestones;
BEGIN
  IF NOT EXISTS (SELECT FROM groups g WHERE g.id = award_milestones.group_id AND NOT group_is_over(g, at)) THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('milestones ' || award_milestones.group_id, 0));
  FOR reached IN
    WITH race AS MATERIALIZED (
      SELECT p.user_id, p.period_start, p.goal_met FROM group_progress_at(award_milestones.group_id, at) p
    )
    INSERT INTO milestones
    SELECT award_milestones.group_id, r.user_id, r.period_start, at FROM race r WHERE r.goal_met
    UNION ALL
    SELECT award_milestones.group_id, NULL, min(r.period_start), at FROM race r HAVING bool_and(r.goal_met)
    ON CONFLICT ON CONSTRAINT milestones_once_a_period DO NOTHING
    RETURNING *
  LOOP
    PERFORM notify(m.user_id, CASE WHEN reached.user_id IS NULL THEN 'milestone_group' ELSE 'milestone_member' END::notification_kind,
                   reached.group_id, CASE WHEN reached.user_id IS NULL THEN 'milestone_group' ELSE 'milestone_member' END,
                   reached.user_id, at, jsonb_build_object('period_start', rfc3339(reached.period_start)))
      FROM group_members m
     WHERE m.group_id = reached.group_id AND (reached.user_id IS NULL OR m.user_id = reached.user_id);
  END LOOP;
END $$;
`;

const down = `
DROP FUNCTION award_milestones(uuid, timestamptz);
DROP TABLE milestones;
`;
