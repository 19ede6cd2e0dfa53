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
  'Archives a locked group, ends its open sessions and expires its pending invites (specification 4).';

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
  'Archives a group at once; no effect if the group has ended. Errors: LK404, LK403 unless the caller is the owner.';

-- Locks the groups, then all their sessions and invites, before it writes. Skips groups locked by another transaction.
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
  'Job: archives at most max_groups groups whose end has passed. Returns the number of groups.';

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
  'Archives all groups whose end has passed, in one transaction. Returns the number of groups (specification 2).';
