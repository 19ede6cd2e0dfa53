CREATE FUNCTION record_session(caller uuid, group_id uuid, starts timestamptz[], ends timestamptz[], at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  began timestamptz := to_ms(starts[1]);
  ended timestamptz := to_ms(ends[cardinality(ends)]);
  new_session uuid;
  host uuid;
BEGIN
  IF EXISTS (SELECT FROM generate_subscripts(starts, 1) AS nth
              WHERE to_ms(starts[nth]) >= to_ms(ends[nth]) OR to_ms(ends[nth]) > to_ms(starts[nth + 1])) THEN
    RAISE EXCEPTION 'the segments are not in order'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'recorded_segments_in_order';
  ELSIF began < at - interval '168 hours' OR ended > at OR ended - began > max_session_length() THEN
    RAISE EXCEPTION 'the session is out of range' USING ERRCODE = 'LKREC';
  END IF;
  IF record_session.group_id IS NOT NULL THEN
    PERFORM FROM groups g WHERE g.id = record_session.group_id FOR SHARE;
    PERFORM require_member(record_session.group_id, caller);
  END IF;
  INSERT INTO sessions (group_id, creator_id, status, started_at, ended_at, last_verb_at, stopped_by_host, created_at)
  VALUES (record_session.group_id, caller, 'ended', began, ended, ended, true, at) RETURNING id INTO new_session;
  INSERT INTO session_participants (session_id, user_id, role, joined_at)
  VALUES (new_session, caller, 'host', at) RETURNING id INTO host;
  INSERT INTO time_logs (participant_id, user_id, group_id, started_at, ended_at, created_at)
  SELECT host, caller, record_session.group_id, to_ms(s.started_at), to_ms(s.ended_at), at
    FROM unnest(starts, ends) AS s (started_at, ended_at);
  PERFORM award_milestones_to(ARRAY[caller], record_session.group_id, at);
  RETURN new_session;
END $$;
COMMENT ON FUNCTION record_session IS
  'Stores a session that is over, hosted by the caller, whose segments are [starts[n], ends[n]); a solo session if group_id is NULL (specification 5, :record). Errors: 23514 recorded_segments_in_order, LKREC if it begins more than 7 days back, lasts longer than max_session_length() or ends in the future, LK404 unless the caller is a member of the group, LKARC if the group ended before the session did, or 24 hours ago.';
