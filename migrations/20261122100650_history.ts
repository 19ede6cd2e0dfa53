import { Migration } from '@mikro-orm/migrations';

/** Past periods and streaks (SPEC 4, progress/history). */
export class Migration20261122100650History extends Migration {
  override name = '20261122100650_history';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = String.raw`
-- The periods of a group from its first to the one at an instant: their first local days, and their borders, one more than
-- days, clamped to the group as group_period_at() does. A day that the calendar skipped is no period.
CREATE FUNCTION group_periods_until(g groups, at timestamptz, OUT days date[], OUT bounds timestamptz[])
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
  length integer := CASE g.period WHEN 'weekly' THEN 7 ELSE 1 END;
  last record := group_period_at(g, at);
BEGIN
  SELECT array_agg(p.day ORDER BY p.day), array_agg(greatest(p.starts, g.start_at) ORDER BY p.day) || last.period_end
    INTO days, bounds
    FROM (SELECT d.day::date AS day, day_start(d.day::date, g.timezone) AS starts,
                 day_start(d.day::date + length, g.timezone) AS ends
            FROM generate_series(period_first_day(g.period, g.timezone, g.start_at)::timestamp,
                                 period_first_day(g.period, g.timezone, last.period_start),
                                 make_interval(days => length)) AS d (day)) p
   WHERE p.starts < p.ends;
END $$;

-- Every present member's streaks over the whole life of the group, and the periods that touch the local days
-- first_day..last_day, newest first, by default the last 30 (SPEC 4, progress/history); at most 366. A streak is a run of periods with the goal met; the running
-- period lengthens it once met, and breaks none. NULL unless the viewer is a member.
CREATE FUNCTION progress_history(viewer uuid, group_id uuid, first_day date, last_day date, at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
  length integer;
  known record;
  newest integer;
  unbroken_since integer;
BEGIN
  IF first_day > last_day THEN
    RAISE EXCEPTION 'the first day is later than the last'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'history_in_order';
  END IF;
  SELECT gr.* INTO g FROM groups gr JOIN group_members m ON m.group_id = gr.id AND m.user_id = viewer
   WHERE gr.id = progress_history.group_id;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  length := CASE g.period WHEN 'weekly' THEN 7 ELSE 1 END;
  known := group_periods_until(g, at);
  newest := cardinality(known.days);
  last_day := coalesce(last_day, known.days[newest]);
  first_day := coalesce(first_day, last_day - 29 * length);
  IF (last_day - first_day) / length >= 366 THEN
    RAISE EXCEPTION 'more than 366 periods' USING ERRCODE = 'check_violation', CONSTRAINT = 'history_at_most_366';
  END IF;
  unbroken_since := CASE WHEN at < known.bounds[newest + 1] THEN newest - 1 ELSE newest END;
  RETURN (
    WITH done AS MATERIALIZED (
      SELECT d.user_id, d.nth, d.seconds FROM group_seconds(g.id, known.bounds, at) d
    ), met AS (
      SELECT d.user_id, d.nth FROM done d WHERE d.seconds >= 60 * target_before(g.id, d.user_id, known.bounds[d.nth + 1])
    ), runs AS (
      SELECT r.user_id, count(*) AS length, max(r.nth) AS last
        FROM (SELECT m.user_id, m.nth, m.nth - row_number() OVER (PARTITION BY m.user_id ORDER BY m.nth) AS run FROM met m) r
       GROUP BY r.user_id, r.run
    ), streaks AS (
      SELECT r.user_id, max(r.length) AS best, max(r.length) FILTER (WHERE r.last >= unbroken_since) AS current
        FROM runs r GROUP BY r.user_id
    ), shown AS (
      SELECT p.nth, rfc3339(known.bounds[p.nth]) AS starts, rfc3339(known.bounds[p.nth + 1]) AS ends,
             known.bounds[p.nth + 1] AS ended
        FROM generate_series(1, newest) AS p (nth)
       WHERE known.days[p.nth] <= last_day AND known.days[p.nth] + length > first_day
    )
    SELECT json_agg(json_build_object(
             'user_id', m.user_id, 'display_name', u.display_name, 'avatar_url', u.avatar_url, 'role', m.role,
             'current_streak', coalesce(s.current, 0), 'best_streak', coalesce(s.best, 0),
             'periods', (
               SELECT coalesce(json_agg(json_build_object(
                        'group_id', g.id, 'user_id', m.user_id, 'period_start', t.starts, 'period_end', t.ends,
                        'seconds_done', t.seconds, 'target_minutes', t.target, 'goal_met', t.seconds >= 60 * t.target)
                        ORDER BY t.nth DESC), '[]')
                 FROM (SELECT w.nth, w.starts, w.ends, coalesce(d.seconds, 0) AS seconds,
                              target_before(g.id, m.user_id, w.ended) AS target
                         FROM shown w LEFT JOIN done d ON d.nth = w.nth AND d.user_id = m.user_id) t))
             ORDER BY m.created_at, m.join_order)::text
      FROM group_members m
      JOIN profiles u ON u.id = m.user_id
      LEFT JOIN streaks s ON s.user_id = m.user_id
     WHERE m.group_id = g.id);
END $$;
`;

const down = `
DROP FUNCTION progress_history(uuid, uuid, date, date, timestamptz);
DROP FUNCTION group_periods_until(groups, timestamptz);
`;
