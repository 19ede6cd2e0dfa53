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
$$;
COMMENT ON FUNCTION notification_title IS 'The English title of an event; apps translate by data.event instead (specification 2).';

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
$$;
COMMENT ON FUNCTION notification_body IS 'The English text of an event; group_name is NULL for a solo session.';

CREATE FUNCTION create_notification(recipient uuid, kind notification_kind, group_id uuid, event text, actor uuid,
  at timestamptz, details jsonb DEFAULT '{}') RETURNS notifications
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  n notifications;
BEGIN
  INSERT INTO notifications (recipient_id, kind, title, body, data, group_id, created_at)
  SELECT recipient, create_notification.kind, notification_title(event, g.name),
         notification_body(event, coalesce(a.display_name, 'Somebody'), g.name),
         jsonb_build_object('event', event, 'actor_id', actor, 'group_name', g.name) || details, g.id, at
    FROM (SELECT) AS here
    LEFT JOIN groups g ON g.id = create_notification.group_id
    LEFT JOIN profiles a ON a.id = actor
  RETURNING * INTO n;
  RETURN n;
END $$;
COMMENT ON FUNCTION create_notification IS
  'Notifies somebody of an event, in a group or (group_id NULL) in a solo session, in the transaction of the event (specification 8); returns the notification. details joins data.';

CREATE TRIGGER notifications_stay BEFORE UPDATE OF recipient_id, kind, group_id ON notifications
  FOR EACH ROW WHEN ((OLD.recipient_id, OLD.kind, OLD.group_id) IS DISTINCT FROM (NEW.recipient_id, NEW.kind, NEW.group_id))
  EXECUTE FUNCTION prevent_reassignment('recipient_id, kind, group_id');
COMMENT ON TRIGGER notifications_stay ON notifications IS 'A notification stays with its recipient and group.';

-- SETOF json with one row: such a function becomes part of the statement that reads a page, where a plain one would be
-- called for every row.
CREATE FUNCTION notification_json(n notifications, at timestamptz) RETURNS SETOF json
LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT json_build_object(
           'id', n.id, 'recipient_id', n.recipient_id, 'kind', n.kind,
           'status', CASE WHEN invite.expired THEN 'declined' ELSE n.status END, 'title', n.title, 'body', n.body,
           'data', CASE WHEN invite.expired THEN n.data || '{"reason": "expired"}' ELSE n.data END,
           'group_id', n.group_id,
           'group', CASE
             WHEN (SELECT m.id FROM public.group_members m WHERE m.group_id = g.id AND m.user_id = n.recipient_id) IS NOT NULL
               OR (SELECT i.id FROM public.notifications i
                    WHERE i.group_id = g.id AND i.recipient_id = n.recipient_id AND i.kind = 'group_invite'
                      AND i.status = 'pending' AND NOT public.group_has_ended(g, at)) IS NOT NULL
             THEN json_build_object('id', g.id, 'name', g.name, 'status', public.group_status_at(g, at)) END,
           'created_at', public.rfc3339(n.created_at), 'read_at', public.rfc3339(n.read_at))
    FROM (SELECT) AS here
    LEFT JOIN public.groups g ON g.id = n.group_id
   CROSS JOIN LATERAL (
     SELECT n.kind = 'group_invite' AND n.status = 'pending' AND public.group_has_ended(g, at) AS expired) AS invite
$$;
COMMENT ON FUNCTION notification_json IS
  'A notification as its recipient sees it, with the group while the recipient is a member or holds a pending invite (specification 4).';

-- Whoever changes several notifications locks them by their ids first.
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
  'Marks one notification of the caller as read, or all (notification_id NULL); an invite keeps its status (specification 4). Returns how many changed.';
