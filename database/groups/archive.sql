CREATE FUNCTION end_group(group_id uuid, ended_at timestamptz, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions;
BEGIN
  UPDATE groups SET status = 'archived', archived_at = end_group.ended_at WHERE id = end_group.group_id;
  FOR s IN SELECT * FROM sessions o
            WHERE o.group_id = end_group.group_id AND o.status <> 'ended' ORDER BY o.id FOR NO KEY UPDATE LOOP
    PERFORM expire_session(s, at);
  END LOOP;
  PERFORM close_invites(end_group.group_id, NULL, 'expired');
END $$;
COMMENT ON FUNCTION end_group IS
  'Writes the end of a locked group: it is archived, its open sessions end with it and its pending invites expire (specification 4).';

CREATE FUNCTION archive_group(caller uuid, group_id uuid, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups := lock_group(group_id, caller);
BEGIN
  PERFORM require_role(g.id, caller, 'owner');
  IF NOT group_has_ended(g, at) THEN
    PERFORM lock_open_sessions(ARRAY[g.id]);
    PERFORM lock_pending_invites(ARRAY[g.id]);
    PERFORM end_group(g.id, at, at);
  END IF;
  RETURN g.id;
END $$;
COMMENT ON FUNCTION archive_group IS
  'Archives now; a group that has ended stays as it is. Errors: LK404, LK403 unless the owner.';

-- Locks the groups and then all their sessions and invites before it writes, and leaves out groups that somebody is changing.
CREATE FUNCTION archive_groups_expired_at(at timestamptz, max_groups integer DEFAULT 50) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  group_ids uuid[] := ARRAY(SELECT g.id FROM groups g WHERE g.status = 'active' AND g.end_at <= at
                             ORDER BY g.id LIMIT max_groups FOR NO KEY UPDATE SKIP LOCKED);
BEGIN
  PERFORM lock_open_sessions(group_ids);
  PERFORM lock_pending_invites(group_ids);
  PERFORM end_group(g.id, g.end_at, at) FROM groups g WHERE g.id = ANY (group_ids);
  RETURN cardinality(group_ids);
END $$;
COMMENT ON FUNCTION archive_groups_expired_at IS
  'Job: writes the end of at most max_groups groups whose end has passed; returns how many.';

CREATE FUNCTION archive_expired_groups() RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  archived integer;
  total integer := 0;
BEGIN
  LOOP
    archived := archive_groups_expired_at(to_ms(now()));
    total := total + archived;
    EXIT WHEN archived = 0;
  END LOOP;
  RETURN total;
END $$;
COMMENT ON FUNCTION archive_expired_groups IS
  'Writes the end of every group whose end has passed, in one transaction, and returns how many (specification 2).';
