CREATE FUNCTION notification_title(event text, group_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE event
    WHEN 'group_invite' THEN 'Invitation to ' || group_name
    WHEN 'invite_accepted' THEN 'Invitation accepted'
    WHEN 'invite_declined' THEN 'Invitation declined'
    WHEN 'member_added' THEN 'You are in ' || group_name
    WHEN 'member_removed' THEN 'Removed from ' || group_name
    WHEN 'ownership_transferred' THEN group_name || ' is yours'
    WHEN 'milestone_member' THEN 'Goal met'
    WHEN 'milestone_group' THEN 'Everybody has made it'
    WHEN 'session_starts_soon' THEN 'Time to focus soon'
    WHEN 'session_ended_by_itself' THEN 'Your session has ended'
  END
    FROM (SELECT public.isolate_name(notification_title.group_name) AS group_name) shown
$$;
COMMENT ON FUNCTION notification_title IS 'The English title of an event. Clients can translate by data.event instead (specification 2).';

CREATE FUNCTION notification_body(event text, actor_name text, group_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE event
    WHEN 'group_invite' THEN actor_name || ' invites you to join ' || group_name
    WHEN 'invite_accepted' THEN actor_name || ' has joined ' || group_name
    WHEN 'invite_declined' THEN actor_name || ' has declined to join ' || group_name
    WHEN 'member_added' THEN actor_name || ' has added you to ' || group_name
    WHEN 'member_removed' THEN actor_name || ' has removed you from ' || group_name
    WHEN 'ownership_transferred' THEN actor_name || ' has made you the owner of ' || group_name
    WHEN 'milestone_member' THEN 'You have met your goal in ' || group_name
    WHEN 'milestone_group' THEN 'Everybody in ' || group_name || ' has met the goal'
    WHEN 'session_starts_soon' THEN 'A session' || coalesce(' in ' || group_name, '') || ' is about to start'
    WHEN 'session_ended_by_itself' THEN 'Your session' || coalesce(' in ' || group_name, '') || ' has ended by itself'
  END || '.'
    FROM (SELECT public.isolate_name(coalesce(notification_body.actor_name, 'Somebody')) AS actor_name,
                 public.isolate_name(notification_body.group_name) AS group_name) shown
$$;
COMMENT ON FUNCTION notification_body IS 'The English text of an event. actor_name is NULL for a user without a name, group_name for a solo session.';

CREATE FUNCTION create_notifications(recipients uuid[], kind notification_kind, group_id uuid, event text, actor uuid,
  at timestamptz, details jsonb DEFAULT '{}') RETURNS SETOF notifications
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
    INSERT INTO notifications (recipient_id, kind, title, body, data, group_id, created_at)
    SELECT recipient, create_notifications.kind, notification_title(event, g.name),
           notification_body(event, a.display_name, g.name),
           jsonb_build_object('event', event, 'actor_id', a.id, 'actor_name', a.display_name, 'group_name', g.name) || details,
           g.id, at
      FROM unnest(recipients) AS recipient
      LEFT JOIN groups g ON g.id = create_notifications.group_id
      LEFT JOIN profiles a ON a.id = CASE event WHEN 'milestone_member' THEN recipient ELSE actor END
     ORDER BY recipient
    RETURNING *;
END $$;
COMMENT ON FUNCTION create_notifications IS
  'Notifies users of an event in a group, or in a solo session if group_id is NULL, in the transaction of the event (specification 8). Returns the notifications. actor is NULL for events without an acting user and for goals; details is merged into data. The names in data are those at the time of the event.';

-- The group keeps the name that it had.
CREATE FUNCTION remove_actor_name(user_id uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE notifications n
     SET body = coalesce(notification_body(n.data ->> 'event', NULL, n.data ->> 'group_name'), ''),
         data = n.data || '{"actor_id": null, "actor_name": null}'
   WHERE n.data ->> 'actor_id' = remove_actor_name.user_id::text AND n.recipient_id <> remove_actor_name.user_id;
END $$;
COMMENT ON FUNCTION remove_actor_name IS
  'Removes a user from the notifications of others: the text says Somebody, actor_id and actor_name are null (specification 9, Deleting an account). The caller has locked the notifications.';

CREATE TRIGGER notifications_stay BEFORE UPDATE OF recipient_id, kind, group_id ON notifications
  FOR EACH ROW WHEN ((OLD.recipient_id, OLD.kind, OLD.group_id) IS DISTINCT FROM (NEW.recipient_id, NEW.kind, NEW.group_id))
  EXECUTE FUNCTION prevent_reassignment('recipient_id, kind, group_id');
COMMENT ON TRIGGER notifications_stay ON notifications IS 'The recipient, kind and group of a notification cannot be changed.';

-- PostgreSQL inlines this function into a statement that calls it in FROM. The group is looked up for each row; OFFSET 0
-- prevents the planner from reading all pending invites of the user, which may be thousands, for a page of 20.
CREATE FUNCTION inbox(owner uuid, at timestamptz)
RETURNS TABLE (n notifications, shown json)
LANGUAGE sql STABLE AS $$
  SELECT n, row_to_json(shown)
    FROM public.notifications n
    LEFT JOIN LATERAL (
      SELECT g.id, g.name, public.group_status_at(g, at) AS status
        FROM public.groups g
       WHERE g.id = n.group_id
         AND (EXISTS (SELECT FROM public.group_members m WHERE m.group_id = g.id AND m.user_id = owner)
           OR NOT public.group_has_ended(g, at)
          AND EXISTS (SELECT FROM public.notifications i
                       WHERE i.recipient_id = owner AND i.group_id = g.id AND i.kind = 'group_invite' AND i.status = 'pending' OFFSET 0))
    ) "group" ON true
   CROSS JOIN LATERAL (
     SELECT n.kind = 'group_invite' AND n.status = 'pending' AND "group".status IS DISTINCT FROM 'active' AS expired) invite
   CROSS JOIN LATERAL (
     SELECT n.id, n.recipient_id, n.kind,
            CASE WHEN invite.expired THEN 'declined' ELSE n.status END AS status, n.title, n.body,
            CASE WHEN invite.expired THEN n.data || '{"reason": "expired"}' ELSE n.data END AS data,
            n.group_id, "group", public.rfc3339(n.created_at) AS created_at, public.rfc3339(n.read_at) AS read_at) shown
   WHERE n.recipient_id = owner
$$;
COMMENT ON FUNCTION inbox IS
  'The notifications of a user as in responses. They include the group while the user is a member or has a pending invite to it (specification 4).';

-- Changes that add up to zero also insert a row; this is rare. If a recipient has more than 20 rows, they are merged.
CREATE FUNCTION count_unread() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO unread_changes (recipient_id, change)
    SELECT n.recipient_id, -count(*) FROM before n WHERE n.read_at IS NULL GROUP BY n.recipient_id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO unread_changes (recipient_id, change)
    SELECT n.recipient_id, count(*) FROM after n WHERE n.read_at IS NULL GROUP BY n.recipient_id;
    -- A count per recipient uses the primary key. A join reads the whole table while its statistics are missing.
    PERFORM merge_unread_changes(notified.recipient_id) FROM (SELECT DISTINCT n.recipient_id FROM after n) notified
      WHERE (SELECT count(*) FROM unread_changes u WHERE u.recipient_id = notified.recipient_id) > 20;
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION count_unread IS 'Trigger: records in unread_changes by how much a statement changes the number of unread notifications.';
CREATE TRIGGER notifications_count_inserted AFTER INSERT ON notifications
  REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_unread();
COMMENT ON TRIGGER notifications_count_inserted ON notifications IS 'Counts unread notifications.';
CREATE TRIGGER notifications_count_updated AFTER UPDATE ON notifications
  REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_unread();
COMMENT ON TRIGGER notifications_count_updated ON notifications IS 'Counts unread notifications.';
CREATE TRIGGER notifications_count_deleted AFTER DELETE ON notifications
  REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION count_unread();
COMMENT ON TRIGGER notifications_count_deleted ON notifications IS 'Counts unread notifications.';

-- Skips rows that another transaction is merging. Readers see either the old rows or the new row; the sum is the same.
CREATE FUNCTION merge_unread_changes(recipient uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  WITH merged AS (
    DELETE FROM unread_changes u
     WHERE u.recipient_id = recipient
       AND u.id IN (SELECT o.id FROM unread_changes o WHERE o.recipient_id = recipient FOR UPDATE SKIP LOCKED)
    RETURNING u.change)
  INSERT INTO unread_changes (recipient_id, change) SELECT recipient, sum(merged.change) FROM merged HAVING count(*) > 0;
END $$;
COMMENT ON FUNCTION merge_unread_changes IS 'Replaces the rows of a recipient in unread_changes by their sum. Does not wait for locks.';

CREATE FUNCTION delete_unread_changes() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM unread_changes u WHERE u.recipient_id = OLD.id;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION delete_unread_changes IS 'Trigger: deletes the unread_changes of a deleted account.';
-- Triggers fire in the order of their names. This one must fire after those of the foreign keys, which delete the
-- notifications and thereby insert a last row.
CREATE TRIGGER profiles_unread_changes AFTER DELETE ON profiles FOR EACH ROW EXECUTE FUNCTION delete_unread_changes();
COMMENT ON TRIGGER profiles_unread_changes ON profiles IS 'Deletes the unread counts of a deleted account.';

-- Every transaction that changes several notifications locks them first, in the order of their ids.
CREATE FUNCTION read_notifications(caller uuid, notification_id uuid, at timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  changed bigint;
BEGIN
  PERFORM FROM notifications n
    WHERE n.recipient_id = caller AND n.read_at IS NULL AND (notification_id IS NULL OR n.id = notification_id)
    ORDER BY n.id FOR NO KEY UPDATE;
  UPDATE notifications n
     SET read_at = at, status = CASE n.kind WHEN 'group_invite' THEN n.status ELSE 'read' END
   WHERE n.recipient_id = caller AND n.read_at IS NULL AND (notification_id IS NULL OR n.id = notification_id);
  GET DIAGNOSTICS changed = ROW_COUNT;
  RETURN changed;
END $$;
COMMENT ON FUNCTION read_notifications IS
  'Marks one notification of the caller as read, or all of them if notification_id is NULL. The status of an invite does not change (specification 4). Returns the number of notifications marked.';
