const ms = (column: string): string => `round(extract(epoch FROM ${column}) * 1000)::bigint`;

export const PROGRESS_ROW = `json_build_array(p.user_id, ${ms('p.period_start')}, ${ms('p.period_end')}, p.seconds_done,
  p.target_minutes, p.goal_met)`;

const HISTORY_ROW = `json_build_array(${ms(`(r ->> 'period_start')::timestamptz`)},
  ${ms(`(r ->> 'period_end')::timestamptz`)}, r -> 'seconds_done', r -> 'target_minutes', r -> 'goal_met')`;

/** Observations as PL/pgSQL functions, whose plans are cached over many runs. */
export const observationFunctions = `
  CREATE FUNCTION observe_progress(group_id uuid, instants timestamptz[]) RETURNS json LANGUAGE plpgsql AS $$
  BEGIN
    RETURN (SELECT json_agg((SELECT json_agg(${PROGRESS_ROW} ORDER BY p.user_id)
                               FROM group_progress_at(observe_progress.group_id, i.at) p) ORDER BY i.nth)
              FROM unnest(instants) WITH ORDINALITY AS i (at, nth));
  END $$;

  CREATE FUNCTION observe_history(caller uuid, group_id uuid, first date, last date, at timestamptz) RETURNS json
  LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM remember_group_streaks(g, at) FROM groups g WHERE g.id = observe_history.group_id;
    RETURN (SELECT json_agg(json_build_array(m -> 'user_id', m -> 'current_streak', m -> 'best_streak',
                     coalesce((SELECT json_agg(${HISTORY_ROW} ORDER BY place)
                                 FROM json_array_elements(m -> 'periods') WITH ORDINALITY AS t (r, place)), '[]'))
                     ORDER BY m ->> 'user_id')
              FROM json_array_elements(progress_history(caller, observe_history.group_id, first, last, at)::json) m);
  END $$;

  CREATE FUNCTION observe_sessions(ids uuid[], at timestamptz) RETURNS json LANGUAGE plpgsql AS $$
  BEGIN
    RETURN (SELECT coalesce(json_agg(json_build_array(
                     session_status_at(s, at), ${ms('s.started_at')}, ${ms('session_end_at(s, at)')},
                     (SELECT coalesce(json_agg(p.user_id ORDER BY p.user_id), '[]') FROM session_participants p
                       WHERE p.session_id = s.id AND p.left_at IS NULL),
                     (SELECT coalesce(json_agg(x.log ORDER BY x.log::text COLLATE "C"), '[]') FROM (
                        SELECT json_build_array(l.user_id, l.manual, ${ms('l.started_at')},
                                 ${ms('coalesce(l.ended_at, session_end_at(s, at))')})::jsonb AS log
                          FROM time_logs l JOIN session_participants p ON p.id = l.participant_id
                         WHERE p.session_id = s.id) x)) ORDER BY list.place), '[]')
              FROM unnest(ids) WITH ORDINALITY AS list (id, place) JOIN sessions s USING (id));
  END $$;`;
