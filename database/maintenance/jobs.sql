-- Rounding to the nearest minute tolerates clocks that differ by less than 30 seconds.
CREATE FUNCTION claim_job_run(job text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO job_runs AS r VALUES (claim_job_run.job, date_trunc('minute', at + interval '30 seconds'))
  ON CONFLICT ON CONSTRAINT job_runs_pkey DO UPDATE SET run_at = excluded.run_at WHERE r.run_at < excluded.run_at;
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION claim_job_run IS
  'Returns true for the first process that claims the run of a job in the current minute. Work that the run does not finish is done by the next run (specification 9).';

CREATE FUNCTION end_expired_sessions(at timestamptz, max_sessions integer DEFAULT 20) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions;
  ended integer := 0;
  group_ids uuid[] := '{}';
BEGIN
  FOR s IN SELECT * FROM sessions o
            WHERE o.id IN (SELECT e.id FROM sessions e WHERE e.status <> 'ended' AND e.expires_at <= at
                            ORDER BY e.expires_at LIMIT max_sessions)
            ORDER BY o.id FOR NO KEY UPDATE SKIP LOCKED LOOP
    IF s.status <> 'ended' AND s.expires_at <= at THEN
      PERFORM expire_session(s, at);
      ended := ended + 1;
      group_ids := array_append(group_ids, s.group_id);
    END IF;
  END LOOP;
  PERFORM award_running_milestones(at, ARRAY(SELECT DISTINCT id FROM unnest(group_ids) id WHERE id IS NOT NULL));
  RETURN ended;
END $$;
COMMENT ON FUNCTION end_expired_sessions IS
  'Job: writes the end of at most max_sessions expired sessions and notifies their hosts (specification 5). Skips sessions that another transaction has locked. Returns the number of sessions.';

CREATE FUNCTION send_session_reminders(at timestamptz, max_sessions integer DEFAULT 20) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions;
  reminded integer := 0;
BEGIN
  FOR s IN SELECT * FROM sessions o
            WHERE o.status = 'scheduled' AND NOT o.reminded
              AND o.scheduled_start > at AND o.scheduled_start <= at + interval '10 minutes'
              AND o.scheduled_start >= o.created_at + interval '10 minutes' AND o.expires_at > at
            ORDER BY o.id LIMIT max_sessions FOR NO KEY UPDATE SKIP LOCKED LOOP
    UPDATE sessions o SET reminded = true WHERE o.id = s.id;
    PERFORM create_notifications(
      CASE WHEN s.group_id IS NULL THEN ARRAY[s.creator_id] ELSE group_member_ids(s.group_id) END,
      'session_reminder', s.group_id, 'session_starts_soon', s.creator_id, at,
      jsonb_build_object('session_id', s.id, 'scheduled_start', rfc3339(s.scheduled_start)));
    reminded := reminded + 1;
  END LOOP;
  RETURN reminded;
END $$;
COMMENT ON FUNCTION send_session_reminders IS
  'Job: sends one reminder 10 minutes before a scheduled start, to the members of the group or to the host of a solo session. A session created less than 10 minutes before its start gets no reminder (specification 8). Returns the number of sessions, at most max_sessions.';
