import { Migration } from '@mikro-orm/migrations';

/** What the schedule does each minute (SPEC 9). A job may be run at any time: what is done is not done again. */
export class Migration20261122100900Jobs extends Migration {
  override name = '20261122100900_jobs';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = String.raw`
-- The last minute in which each job did its work, so that of several processes one does it.
CREATE TABLE job_ticks (
  job text PRIMARY KEY,
  tick timestamptz NOT NULL
);

-- True for the first process that comes for a minute's work, which it keeps until it commits; whoever comes meanwhile
-- or later is told false. If that process dies, the work is open again. A clock may be half a minute off.
CREATE FUNCTION claim_tick(job text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('job ' || claim_tick.job, 0)) THEN
    RETURN false;
  END IF;
  INSERT INTO job_ticks AS t VALUES (claim_tick.job, date_trunc('minute', at + interval '30 seconds'))
  ON CONFLICT ON CONSTRAINT job_ticks_pkey DO UPDATE SET tick = excluded.tick WHERE t.tick < excluded.tick;
  RETURN FOUND;
END $$;

CREATE INDEX sessions_to_end ON sessions (expires_at) WHERE status <> 'ended';

-- Writes the end of sessions that ended by themselves, and tells their hosts; returns how many, at most 1000 at a time. The
-- last seconds of such a session may have met a goal, and nobody looks at it again: so milestones come last.
CREATE FUNCTION end_expired_sessions(at timestamptz) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions;
  ended integer := 0;
  touched uuid[] := '{}';
BEGIN
  FOR s IN SELECT * FROM sessions o WHERE o.id IN (
             SELECT e.id FROM sessions e WHERE e.status <> 'ended' AND e.expires_at <= at ORDER BY e.expires_at LIMIT 1000)
            ORDER BY o.id FOR NO KEY UPDATE SKIP LOCKED LOOP
    IF s.status <> 'ended' AND s.expires_at <= at THEN
      PERFORM expire_session(s, at);
      ended := ended + 1;
      touched := touched || s.group_id;
    END IF;
  END LOOP;
  PERFORM award_milestones(t.id, at) FROM (SELECT DISTINCT id FROM unnest(touched) id ORDER BY id) t;
  RETURN ended;
END $$;

ALTER TABLE sessions ADD COLUMN reminded boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN sessions.reminded IS 'Whether people were told that it starts soon.';
CREATE INDEX sessions_to_remind ON sessions (scheduled_start) WHERE status = 'scheduled' AND NOT reminded;

-- Tells people 10 minutes before a scheduled start, once: the members of the group, or the host of a solo session; not
-- where the start was less than 10 minutes away from the beginning (SPEC 8). Returns how many sessions.
CREATE FUNCTION remind_of_sessions(at timestamptz) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions;
  reminded integer := 0;
BEGIN
  FOR s IN UPDATE sessions o SET reminded = true
            WHERE o.status = 'scheduled' AND NOT o.reminded
              AND o.scheduled_start > at AND o.scheduled_start <= at + interval '10 minutes'
              AND o.scheduled_start >= o.created_at + interval '10 minutes' AND o.expires_at > at
           RETURNING o.* LOOP
    PERFORM notify(people.id, 'session_reminder', s.group_id, 'session_starts_soon', s.creator_id, at,
                   jsonb_build_object('session_id', s.id, 'scheduled_start', rfc3339(s.scheduled_start)))
      FROM (SELECT m.user_id FROM group_members m WHERE m.group_id = s.group_id
            UNION ALL SELECT s.creator_id WHERE s.group_id IS NULL AND s.creator_id IS NOT NULL) people (id);
    reminded := reminded + 1;
  END LOOP;
  RETURN reminded;
END $$;

-- Looks for goals that running sessions have met, group by group; returns how many groups it looked at.
CREATE FUNCTION award_running_milestones(at timestamptz) RETURNS integer
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
`;

const down = `
DROP FUNCTION award_running_milestones(timestamptz);
DROP FUNCTION remind_of_sessions(timestamptz);
DROP INDEX sessions_to_remind;
ALTER TABLE sessions DROP COLUMN reminded;
DROP FUNCTION end_expired_sessions(timestamptz);
DROP INDEX sessions_to_end;
DROP FUNCTION claim_tick(text, timestamptz);
DROP TABLE job_ticks;
`;
