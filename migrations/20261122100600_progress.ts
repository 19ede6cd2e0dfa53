import { Migration } from '@mikro-orm/migrations';

/** Where periods begin and end, and the one definition of progress (SPEC 6). */
export class Migration20261122100600Progress extends Migration {
  override name = '20261122100600_progress';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = String.raw`
-- The first instant of a local day (SPEC 6): of a midnight that happens twice the first, for one that does not exist the first
-- instant after the gap. AT TIME ZONE alone takes the second midnight, and a moment inside the later day for some gaps.
-- It tries the day's midnight with the offsets that hold before and after it; if neither is right, the clocks jumped
-- over midnight, and the jump is found by halving.
CREATE FUNCTION day_start(day date, timezone text) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
DECLARE
  midnight timestamp := day;
  utc timestamptz := midnight AT TIME ZONE 'UTC';
  before_jump interval := ((utc - interval '15 hours') AT TIME ZONE timezone)
                        - ((utc - interval '15 hours') AT TIME ZONE 'UTC');
  after_jump interval := ((utc + interval '15 hours') AT TIME ZONE timezone)
                       - ((utc + interval '15 hours') AT TIME ZONE 'UTC');
  low timestamptz := utc - after_jump;
  high timestamptz := utc - before_jump;
  middle timestamptz;
BEGIN
  IF high AT TIME ZONE timezone = midnight THEN
    RETURN high;
  ELSIF low AT TIME ZONE timezone = midnight THEN
    RETURN low;
  END IF;
  WHILE high - low > interval '1 second' LOOP
    middle := date_trunc('second', low + (high - low) / 2);
    IF middle AT TIME ZONE timezone >= midnight THEN
      high := middle;
    ELSE
      low := middle;
    END IF;
  END LOOP;
  RETURN high;
END $$;

-- The first local day of the period that an instant lies in: the day itself or the Monday of its week. When the clocks go
-- back over midnight, the end of the old day comes again and already belongs to the day that began.
CREATE FUNCTION period_first_day(period group_period, timezone text, at timestamptz) RETURNS date
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
DECLARE
  day date := at AT TIME ZONE timezone;
BEGIN
  IF day_start(day + 1, timezone) <= at THEN
    day := day + 1;
  END IF;
  RETURN CASE period WHEN 'weekly' THEN day - (extract(isodow FROM day)::integer - 1) ELSE day END;
END $$;

-- The group's period at an instant, clamped to the group: before its start the first one, after its end the last (SPEC 6).
CREATE FUNCTION group_period_at(g groups, at timestamptz, OUT period_start timestamptz, OUT period_end timestamptz)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
DECLARE
  ends timestamptz := greatest(group_end(g), g.start_at);
  seen timestamptz := greatest(least(at, ends - interval '1 millisecond'), g.start_at);
  first_day date := period_first_day(g.period, g.timezone, seen);
BEGIN
  period_start := greatest(day_start(first_day, g.timezone), g.start_at);
  period_end := least(day_start(first_day + CASE g.period WHEN 'weekly' THEN 7 ELSE 1 END, g.timezone), ends);
END $$;

CREATE TYPE member_period_progress AS (
  group_id uuid,
  user_id uuid,
  period_start timestamptz,
  period_end timestamptz,
  seconds_done bigint,
  target_minutes integer,
  goal_met boolean
);

-- Whole seconds by member and period (SPEC 6): the one definition behind the race, past periods, streaks and milestones.
-- bounds holds the periods' borders in order, the nth period being [bounds[n], bounds[n + 1]). Closed logs count whole,
-- running segments up to the instant and to where their session ends by itself; each is cut to every period that it
-- touches. Time that overlaps counts once: a log adds what lies beyond the latest end among the member's logs that began
-- before it. Members without seconds are not listed. Its plan is kept: to plan anew for every group takes several times as
-- long as to run.
CREATE FUNCTION group_seconds(group_id uuid, bounds timestamptz[], at timestamptz)
RETURNS TABLE (user_id uuid, nth integer, seconds bigint)
LANGUAGE plpgsql STABLE ROWS 50 SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  periods integer := cardinality(bounds) - 1;
  starts timestamptz := bounds[1];
  ends timestamptz := bounds[periods + 1];
BEGIN
  RETURN QUERY
  WITH logs AS (
    SELECT l.user_id, l.started_at AS began, l.ended_at AS ended
      FROM time_logs l
     WHERE l.group_id = group_seconds.group_id AND l.ended_at > starts AND l.started_at < ends
    UNION ALL
    SELECT l.user_id, l.started_at, least(s.expires_at, at)
      FROM time_logs l
      JOIN session_participants p ON p.id = l.participant_id
      JOIN sessions s ON s.id = p.session_id
     WHERE l.group_id = group_seconds.group_id AND l.ended_at IS NULL
  ), pieces AS (
    SELECT l.user_id, piece.nth, greatest(l.began, bounds[piece.nth]) AS began,
           least(l.ended, bounds[piece.nth + 1]) AS ended
      FROM logs l
     CROSS JOIN LATERAL generate_series(
       greatest(width_bucket(l.began, bounds), 1), least(width_bucket(l.ended, bounds), periods)) AS piece (nth)
  ), in_order AS (
    SELECT i.*, max(i.ended) OVER (
             PARTITION BY i.user_id, i.nth ORDER BY i.began ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered
      FROM pieces i
     WHERE i.began < i.ended
  )
  SELECT o.user_id, o.nth, floor(extract(epoch FROM sum(o.ended - greatest(o.began, o.covered))))::bigint
    FROM in_order o
   WHERE o.ended > o.covered OR o.covered IS NULL
   GROUP BY o.user_id, o.nth;
END $$;

-- The race at an instant (SPEC 6): every present member in the group's period then, judged by the target in force when
-- that period ended, which for one that has not ended is the present one.
CREATE FUNCTION group_progress_at(group_id uuid, at timestamptz) RETURNS SETOF member_period_progress
LANGUAGE plpgsql STABLE ROWS 50 SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  g groups;
  starts timestamptz;
  ends timestamptz;
  changed_since boolean;
BEGIN
  SELECT * INTO g FROM groups WHERE id = group_progress_at.group_id;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  SELECT * INTO starts, ends FROM group_period_at(g, at);
  changed_since := EXISTS (SELECT FROM target_changes c WHERE c.group_id = g.id AND c.changed_at >= ends);
  RETURN QUERY
  SELECT g.id, t.user_id, starts, ends, t.seconds, t.target, t.seconds >= 60 * t.target
    FROM (SELECT m.user_id, coalesce(d.seconds, 0) AS seconds,
                 CASE WHEN changed_since THEN target_before(g.id, m.user_id, ends)
                      ELSE coalesce(m.override_period_target_minutes, g.period_target_minutes) END AS target
            FROM group_members m
            LEFT JOIN group_seconds(g.id, ARRAY[starts, ends], at) d ON d.user_id = m.user_id
           WHERE m.group_id = g.id) t;
END $$;

CREATE VIEW group_member_period_progress AS
SELECT g.id AS group_id, p.user_id, p.period_start, p.period_end, p.seconds_done, p.target_minutes, p.goal_met
  FROM groups g CROSS JOIN LATERAL group_progress_at(g.id, to_ms(now())) p;

-- The race as the API shows it (SPEC 6), and its ETag: over everything but as_of and the seconds of running members.
-- NULL for both unless the viewer is a member.
CREATE FUNCTION race(viewer uuid, group_id uuid, at timestamptz, OUT etag text, OUT body text)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM group_members m WHERE m.group_id = race.group_id AND m.user_id = viewer) THEN
    RETURN;
  END IF;
  WITH running AS MATERIALIZED (
    SELECT DISTINCT l.user_id
      FROM time_logs l
      JOIN session_participants p ON p.id = l.participant_id
      JOIN sessions s ON s.id = p.session_id
     WHERE l.group_id = race.group_id AND l.ended_at IS NULL AND session_status_at(s, at) = 'running'
  ), progress AS MATERIALIZED (
    SELECT * FROM group_progress_at(race.group_id, at)
  ), period AS MATERIALIZED (
    SELECT rfc3339(p.period_start) AS starts, rfc3339(p.period_end) AS ends FROM progress p LIMIT 1
  ), ranked AS (
    SELECT p.group_id, p.user_id, period.starts AS period_start, period.ends AS period_end,
           p.seconds_done, p.target_minutes, p.goal_met, u.display_name, u.avatar_url, m.role,
           row_number() OVER (ORDER BY p.seconds_done DESC, m.created_at, m.join_order) AS rank,
           p.user_id IN (SELECT r.user_id FROM running r) AS running
      FROM progress p
      JOIN group_members m ON m.group_id = race.group_id AND m.user_id = p.user_id
      JOIN profiles u ON u.id = p.user_id
     CROSS JOIN period
  )
  SELECT 'W/"' || md5(string_agg(concat_ws('|', r.user_id, CASE WHEN NOT r.running THEN r.seconds_done END, r.period_start,
             r.period_end, r.target_minutes, r.goal_met, r.role, r.running, r.avatar_url, to_json(r.display_name)), E'\n'
             ORDER BY r.rank)) || '"',
         json_build_object('as_of', rfc3339(at), 'members', json_agg(r ORDER BY r.rank))::text
    INTO etag, body
    FROM ranked r;
END $$;
`;

const down = `
DROP FUNCTION race(uuid, uuid, timestamptz);
DROP VIEW group_member_period_progress;
DROP FUNCTION group_progress_at(uuid, timestamptz);
DROP FUNCTION group_seconds(uuid, timestamptz[], timestamptz);
DROP TYPE member_period_progress;
DROP FUNCTION group_period_at(groups, timestamptz);
DROP FUNCTION period_first_day(group_period, text, timestamptz);
DROP FUNCTION day_start(date, text);
`;
