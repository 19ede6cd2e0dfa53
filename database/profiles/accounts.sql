CREATE FUNCTION reassign_group_owner(g groups, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  new_owner uuid := (SELECT m.user_id FROM group_members m WHERE m.group_id = g.id AND m.role <> 'owner'
                      ORDER BY m.role, m.created_at, m.join_order LIMIT 1);
BEGIN
  IF new_owner IS NULL THEN
    DELETE FROM groups WHERE id = g.id;
  ELSE
    PERFORM transfer_group(g.owner_id, g.id, new_owner, at);
  END IF;
END $$;
COMMENT ON FUNCTION reassign_group_owner IS
  'Transfers a locked group to the admin who joined first, or to the member who joined first if there is no admin, and notifies the new owner. Deletes the group if it has no other member (specification 9).';

-- Locks are taken in the order of docs/database.md: groups, sessions, memberships, milestones, the profile, notifications.
-- A transaction that writes logs locks the session before the profile, so ended sessions are locked here too. If the user
-- joins another group or session before the profile is locked, the lock order can no longer be kept. The function then
-- fails with 40001, and the API retries the transaction. This is rare.
CREATE FUNCTION delete_account(caller uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  group_ids uuid[];
  session_ids uuid[];
  lone_group_ids uuid[];
  g groups;
BEGIN
  SELECT coalesce(array_agg(locked.id), '{}') INTO group_ids
    FROM (SELECT o.id FROM groups o WHERE o.id IN (SELECT m.group_id FROM group_members m WHERE m.user_id = caller)
           ORDER BY o.id FOR NO KEY UPDATE) locked;
  SELECT coalesce(array_agg(locked.id), '{}') INTO session_ids
    FROM (SELECT s.id FROM sessions s
           WHERE s.id IN (SELECT p.session_id FROM session_participants p WHERE p.user_id = caller
                          UNION ALL
                          SELECT o.id FROM sessions o WHERE o.group_id = ANY (group_ids) AND o.status <> 'ended')
           ORDER BY s.id FOR NO KEY UPDATE) locked;
  PERFORM FROM group_members m JOIN groups o ON o.id = m.group_id
    WHERE o.id = ANY (group_ids) AND (o.owner_id = caller OR m.user_id = caller)
    ORDER BY m.group_id, m.user_id FOR UPDATE OF m;
  PERFORM lock_milestones(group_ids);
  PERFORM FROM profiles p WHERE p.id = caller FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the account was deleted' USING ERRCODE = 'LK401';
  ELSIF EXISTS (SELECT FROM group_members m WHERE m.user_id = caller AND m.group_id <> ALL (group_ids))
    OR EXISTS (SELECT FROM session_participants p WHERE p.user_id = caller AND p.session_id <> ALL (session_ids)) THEN
    RAISE EXCEPTION 'the memberships changed concurrently' USING ERRCODE = 'serialization_failure';
  END IF;
  -- An array, so that each condition on notifications uses an index.
  lone_group_ids := ARRAY(SELECT o.id FROM unnest(group_ids) o (id)
                           WHERE NOT EXISTS (SELECT FROM group_members m WHERE m.group_id = o.id AND m.user_id <> caller));
  PERFORM FROM notifications n
    WHERE n.recipient_id = caller OR n.group_id = ANY (lone_group_ids) OR n.data ->> 'actor_id' = caller::text
    ORDER BY n.id FOR UPDATE;
  FOR g IN SELECT * FROM groups o WHERE o.id = ANY (group_ids) ORDER BY o.id LOOP
    PERFORM leave_group_sessions(g.id, caller, at);
    IF g.owner_id = caller THEN
      PERFORM reassign_group_owner(g, at);
    END IF;
  END LOOP;
  PERFORM remove_actor_name(caller);
  PERFORM remove_stored_name(caller);
  DELETE FROM sessions s WHERE s.creator_id = caller AND s.group_id IS NULL;
  INSERT INTO deleted_identities
  SELECT identity_hash(i.provider, i.subject), date_trunc('second', at) FROM auth_identities i WHERE i.profile_id = caller
  ON CONFLICT ON CONSTRAINT deleted_identities_pkey DO UPDATE SET deleted_at = excluded.deleted_at;
  INSERT INTO orphaned_avatars VALUES (caller, at) ON CONFLICT DO NOTHING;
  DELETE FROM profiles p WHERE p.id = caller;
  PERFORM award_milestones(left_group, at) FROM unnest(group_ids) left_group ORDER BY left_group;
  PERFORM pg_notify('account_deleted', caller::text);
END $$;
COMMENT ON FUNCTION delete_account IS
  'Deletes an account and all data of the user (specification 9). Owned groups get a new owner; hosted sessions end and remain for the other participants. Notifies the channel account_deleted. Errors: LK401 if the account does not exist, 40001 if the transaction must be retried.';

CREATE FUNCTION export_account(caller uuid, at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT json_build_object(
      'exported_at', rfc3339(at),
      'profile', json_build_object('id', p.id, 'email', p.email, 'display_name', p.display_name,
        'avatar_url', p.avatar_url, 'created_at', rfc3339(p.created_at), 'updated_at', rfc3339(p.updated_at)),
      'identities', (
        SELECT coalesce(json_agg(json_build_object('provider', i.provider, 'subject', i.subject,
                 'created_at', rfc3339(i.created_at)) ORDER BY i.created_at, i.id), '[]')
          FROM auth_identities i WHERE i.profile_id = p.id),
      'memberships', (
        SELECT coalesce(json_agg(json_build_object('group', group_json(g, at), 'role', m.role,
                 'override_period_target_minutes', m.override_period_target_minutes,
                 'created_at', rfc3339(m.created_at)) ORDER BY m.created_at, m.join_order), '[]')
          FROM group_members m JOIN groups g ON g.id = m.group_id WHERE m.user_id = p.id),
      'targets', (
        SELECT coalesce(json_agg(json_build_object('group_id', c.group_id, 'target_minutes', c.target_minutes,
                 'changed_at', rfc3339(c.changed_at)) ORDER BY c.changed_at, c.id), '[]')
          FROM target_changes c WHERE c.user_id = p.id),
      'sessions', (
        SELECT coalesce(json_agg(json_build_object('session', session_json(s, at), 'role', t.role,
                 'joined_at', rfc3339(t.joined_at), 'left_at', rfc3339(t.left_at),
                 'logs', (SELECT coalesce(json_agg(log_json(l, s, at) ORDER BY l.started_at, l.id), '[]')
                            FROM time_logs l WHERE l.participant_id = t.id)) ORDER BY s.created_at, s.id), '[]')
          FROM session_participants t JOIN sessions s ON s.id = t.session_id WHERE t.user_id = p.id),
      'milestones', (
        SELECT coalesce(json_agg(json_build_object('group_id', m.group_id, 'period_start', rfc3339(m.period_start),
                 'reached_at', rfc3339(m.reached_at)) ORDER BY m.reached_at), '[]')
          FROM milestones m WHERE m.user_id = p.id),
      'notifications', (
        SELECT coalesce(json_agg(i.shown ORDER BY (i.n).created_at, (i.n).id), '[]') FROM inbox(caller, at) i),
      'limited_actions', (
        SELECT coalesce(json_agg(json_build_object('action', u.action, 'at', rfc3339(u.used_at)) ORDER BY u.used_at), '[]')
          FROM rate_limit_uses u WHERE u.user_id = p.id),
      'idempotency_keys', (
        SELECT coalesce(json_agg(json_build_object('key', k.key, 'status', k.status, 'location', k.location,
                 'created_at', rfc3339(k.created_at)) ORDER BY k.created_at, k.key), '[]')
          FROM idempotency_keys k WHERE k.user_id = p.id))::text
      FROM profiles p WHERE p.id = caller);
END $$;
COMMENT ON FUNCTION export_account IS
  'All data stored about a user, as one JSON object; NULL if the account does not exist (specification 4, GET /api/me/export).';
