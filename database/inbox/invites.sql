-- Locks the group to serialize inviting, joining and archiving.
CREATE FUNCTION check_new_invite() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
BEGIN
  SELECT * INTO g FROM groups WHERE id = NEW.group_id FOR SHARE;
  PERFORM require_active(g, trigger_clock());
  IF NEW.status = 'pending'
    AND EXISTS (SELECT FROM group_members m WHERE m.group_id = g.id AND m.user_id = NEW.recipient_id) THEN
    RAISE EXCEPTION 'the user is already a member' USING ERRCODE = 'LKMEM';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION check_new_invite IS
  'Trigger: rejects invites to an archived group and invites of members (specification 4). Errors: LKARC, LKMEM.';
CREATE TRIGGER notifications_check_invite BEFORE INSERT ON notifications
  FOR EACH ROW WHEN (NEW.kind = 'group_invite') EXECUTE FUNCTION check_new_invite();
COMMENT ON TRIGGER notifications_check_invite ON notifications IS 'Checks who can be invited.';

CREATE FUNCTION check_answered_invite() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.status <> 'pending' THEN
    RAISE EXCEPTION 'the invite is already answered' USING ERRCODE = 'integrity_constraint_violation';
  ELSIF NEW.status = 'accepted'
    AND NOT EXISTS (SELECT FROM group_members m WHERE m.group_id = NEW.group_id AND m.user_id = NEW.recipient_id) THEN
    RAISE EXCEPTION 'an accepted invite requires the membership'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'notifications_accepted_is_member';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION check_answered_invite IS
  'Trigger: an answered invite cannot change, and accepting an invite requires joining in the same transaction (specification 4). Errors: 23000, 23514.';
CREATE TRIGGER notifications_check_accepted BEFORE INSERT ON notifications
  FOR EACH ROW WHEN (NEW.kind = 'group_invite' AND NEW.status = 'accepted') EXECUTE FUNCTION check_answered_invite();
COMMENT ON TRIGGER notifications_check_accepted ON notifications IS 'The recipient of an accepted invite is a member.';
CREATE TRIGGER notifications_check_answer BEFORE UPDATE OF status ON notifications
  FOR EACH ROW WHEN (NEW.kind = 'group_invite' AND NEW.status <> OLD.status) EXECUTE FUNCTION check_answered_invite();
COMMENT ON TRIGGER notifications_check_answer ON notifications IS 'The first answer to an invite is final.';

CREATE FUNCTION notification_status_at(n notifications, at timestamptz) RETURNS notification_status
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN n.kind = 'group_invite' AND n.status = 'pending'
               AND (SELECT public.group_has_ended(g, at) FROM public.groups g WHERE g.id = n.group_id)
              THEN 'declined' ELSE n.status END
$$;
COMMENT ON FUNCTION notification_status_at IS
  'The status at an instant: a pending invite is declined once its group has ended, even if no job has written it yet (specification 4).';

CREATE FUNCTION invite_json(n notifications, at timestamptz) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT row_to_json(shown)
    FROM (SELECT n.id, n.recipient_id, n.kind, now_is.status, n.title, n.body,
                 CASE WHEN now_is.status <> n.status THEN n.data || '{"reason": "expired"}' ELSE n.data END AS data,
                 n.group_id,
                 json_build_object('id', g.id, 'name', g.name, 'status', public.group_status_at(g, at)) AS "group",
                 public.rfc3339(n.created_at) AS created_at, public.rfc3339(n.read_at) AS read_at,
                 public.user_summary(p) AS recipient
            FROM public.groups g
           CROSS JOIN (SELECT public.notification_status_at(n, at) AS status) now_is
           CROSS JOIN public.profiles p
           WHERE g.id = n.group_id AND p.id = n.recipient_id) shown
$$;
COMMENT ON FUNCTION invite_json IS
  'An invite as shown to the owner and admins of the group: the notification with its recipient (specification 4, invite).';

-- A pending invite is locked, so that its response is not stored with the name of an inviter whose account is being deleted.
CREATE FUNCTION invite(caller uuid, group_id uuid, recipient uuid, at timestamptz, OUT created boolean, OUT id uuid,
  OUT body text)
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups := lock_group(group_id, caller);
  n notifications;
BEGIN
  PERFORM require_profile(recipient);
  PERFORM require_role(g.id, caller, 'owner', 'admin');
  PERFORM require_active(g, at);
  SELECT * INTO n FROM notifications p
   WHERE p.group_id = g.id AND p.recipient_id = recipient AND p.kind = 'group_invite' AND p.status = 'pending'
     FOR KEY SHARE;
  created := NOT FOUND;
  IF created THEN
    IF EXISTS (SELECT FROM group_members m WHERE m.group_id = g.id AND m.user_id = recipient) THEN
      RAISE EXCEPTION 'the user is already a member' USING ERRCODE = 'LKMEM';
    END IF;
    PERFORM consume_rate_limit(caller, 'invite', at, 60, interval '1 hour');
    SELECT * INTO n FROM create_notifications(ARRAY[recipient], 'group_invite', g.id, 'group_invite', caller, at);
  END IF;
  id := n.id;
  body := invite_json(n, at)::text;
END $$;
COMMENT ON FUNCTION invite IS
  'Invites a user; if the user has a pending invite to the group, returns it instead. Errors: LK404, also for an unknown user, LK403 unless the caller is owner or admin, LKARC, LKMEM, LK429 after 60 invites per hour.';

CREATE FUNCTION invite_list(caller uuid, group_id uuid, at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_member(invite_list.group_id, caller);
  PERFORM require_role(invite_list.group_id, caller, 'owner', 'admin');
  RETURN (
    SELECT coalesce(json_agg(invite_json(n, at) ORDER BY n.created_at DESC, n.id DESC), '[]')
      FROM notifications n
     WHERE n.group_id = invite_list.group_id AND n.kind = 'group_invite' AND n.status = 'pending'
       AND notification_status_at(n, at) = 'pending');
END $$;
COMMENT ON FUNCTION invite_list IS
  'A group''s pending invites as a JSON array, newest first. Errors: LK404, LK403 unless the caller is owner or admin.';

CREATE FUNCTION resolve_invite(n notifications, answer notification_status, actor uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  inviter uuid := n.data ->> 'actor_id';
BEGIN
  UPDATE notifications SET status = answer, read_at = coalesce(read_at, at) WHERE id = n.id;
  IF inviter <> actor AND EXISTS (SELECT FROM group_members m WHERE m.group_id = n.group_id AND m.user_id = inviter) THEN
    PERFORM create_notifications(ARRAY[inviter], 'generic', n.group_id, 'invite_' || answer, n.recipient_id, at);
  END IF;
END $$;
COMMENT ON FUNCTION resolve_invite IS
  'Answers an invite and notifies the inviter, unless the inviter is the actor or no longer a member (specification 8).';

-- The profile of the caller is locked before the notification, in the same order as delete_account() deletes them.
CREATE FUNCTION answer_invite(caller uuid, invite_id uuid, answer notification_status, at timestamptz) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  n notifications;
BEGIN
  PERFORM FROM groups g JOIN notifications i ON i.group_id = g.id
    WHERE i.id = invite_id AND i.recipient_id = caller FOR NO KEY UPDATE OF g;
  PERFORM FROM profiles p WHERE p.id = caller FOR KEY SHARE;
  SELECT * INTO n FROM notifications i
   WHERE i.id = invite_id AND i.recipient_id = caller AND i.kind = 'group_invite' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such invite' USING ERRCODE = 'LK404';
  ELSIF n.data ? 'reason' OR notification_status_at(n, at) <> n.status THEN
    RAISE EXCEPTION 'the invite was withdrawn or has expired' USING ERRCODE = 'LKCLO';
  ELSIF n.status NOT IN ('pending', answer) THEN
    RAISE EXCEPTION 'the invite is already %', n.status USING ERRCODE = 'LKANS';
  ELSIF n.status = 'pending' THEN
    IF answer = 'accepted' THEN
      INSERT INTO group_members (group_id, user_id, created_at) VALUES (n.group_id, caller, at);
      PERFORM award_milestones(n.group_id, at);
    END IF;
    PERFORM resolve_invite(n, answer, caller, at);
  END IF;
  RETURN (SELECT i.shown::text FROM inbox(caller, at) i WHERE (i.n).id = invite_id);
END $$;
COMMENT ON FUNCTION answer_invite IS
  'Accepts or declines an invite (specification 4). The first answer is final; repeating it has no effect. Errors: LK404 unless the caller is the recipient, LKCLO if the invite was rescinded or has expired, LKANS for a different answer, LKFUL.';

CREATE FUNCTION rescind_invite(caller uuid, group_id uuid, invite_id uuid, at timestamptz) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups := lock_group(group_id, caller);
  n notifications;
BEGIN
  SELECT * INTO n FROM notifications i WHERE i.id = invite_id AND i.group_id = g.id AND i.kind = 'group_invite';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such invite' USING ERRCODE = 'LK404';
  END IF;
  PERFORM require_role(g.id, caller, 'owner', 'admin');
  IF n.data ->> 'reason' IS DISTINCT FROM 'rescinded' THEN
    IF notification_status_at(n, at) <> 'pending' THEN
      RAISE EXCEPTION 'the invite is closed' USING ERRCODE = 'LKCLO';
    END IF;
    PERFORM close_invites(g.id, n.recipient_id, 'rescinded');
  END IF;
  RETURN (SELECT invite_json(i, at)::text FROM notifications i WHERE i.id = invite_id);
END $$;
COMMENT ON FUNCTION rescind_invite IS
  'Withdraws a pending invite; repeating it has no effect. Errors: LK404, LK403 unless the caller is owner or admin, LKCLO if the invite was answered or has expired.';

CREATE FUNCTION lock_pending_invites(group_ids uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM notifications n
    WHERE n.group_id = ANY (group_ids) AND n.kind = 'group_invite' AND n.status = 'pending'
    ORDER BY n.id FOR NO KEY UPDATE;
END $$;
COMMENT ON FUNCTION lock_pending_invites IS 'Locks the pending invites of groups, in the order of their ids.';

CREATE FUNCTION close_invites(group_id uuid, recipient uuid, reason text) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE notifications n SET status = 'declined', data = n.data || jsonb_build_object('reason', reason)
   WHERE n.group_id = close_invites.group_id AND n.kind = 'group_invite' AND n.status = 'pending'
     AND (recipient IS NULL OR n.recipient_id = recipient);
END $$;
COMMENT ON FUNCTION close_invites IS 'Declines the pending invites to a group, of one recipient or of all (NULL), and stores the reason in data.';
