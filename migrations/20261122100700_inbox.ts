import { Migration } from '@mikro-orm/migrations';

/** Notifications, and invites, which are notifications that wait for an answer (SPEC 4 and 8). */
export class Migration20261122100700Inbox extends Migration {
  override name = '20261122100700_inbox';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = String.raw`
CREATE TYPE notification_kind AS ENUM
  ('group_invite', 'milestone_member', 'milestone_group', 'session_reminder', 'generic');
CREATE TYPE notification_status AS ENUM ('pending', 'accepted', 'declined', 'read');

CREATE TABLE notifications (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  recipient_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
  kind notification_kind NOT NULL,
  status notification_status NOT NULL DEFAULT 'pending',
  title text NOT NULL,
  body text NOT NULL,
  data jsonb NOT NULL DEFAULT '{}',
  group_id uuid REFERENCES groups ON DELETE CASCADE,
  created_at timestamptz(3) NOT NULL DEFAULT to_ms(now()),
  read_at timestamptz(3),
  CONSTRAINT notifications_invite_has_group CHECK (kind <> 'group_invite' OR group_id IS NOT NULL),
  CONSTRAINT notifications_invite_is_answered CHECK (status = 'pending' OR (kind = 'group_invite') = (status <> 'read'))
);
CREATE INDEX notifications_newest ON notifications (recipient_id, created_at DESC, id DESC);
CREATE INDEX notifications_unread ON notifications (recipient_id, created_at DESC, id DESC) WHERE read_at IS NULL;
CREATE INDEX notifications_of_group ON notifications (group_id);
CREATE UNIQUE INDEX notifications_one_pending_invite ON notifications (group_id, recipient_id)
  WHERE kind = 'group_invite' AND status = 'pending';

-- The English text of an event; apps translate by data.event instead (SPEC 2).
CREATE FUNCTION notification_title(event text, group_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE event
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
END;

-- group_name is NULL for a solo session.
CREATE FUNCTION notification_body(event text, actor_name text, group_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE event
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
END || '.';

-- Tells somebody of an event, in a group or (group_id NULL) in a solo session, in the transaction of the event (SPEC 8);
-- returns the notification. details joins data.
CREATE FUNCTION notify(recipient uuid, kind notification_kind, group_id uuid, event text, actor uuid, at timestamptz,
  details jsonb DEFAULT '{}') RETURNS notifications
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  told notifications;
BEGIN
  INSERT INTO notifications (recipient_id, kind, title, body, data, group_id, created_at)
  SELECT recipient, notify.kind, notification_title(event, g.name),
         notification_body(event, coalesce(a.display_name, 'Somebody'), g.name),
         jsonb_build_object('event', event, 'actor_id', actor, 'group_name', g.name) || details, g.id, at
    FROM (SELECT) AS here
    LEFT JOIN groups g ON g.id = notify.group_id
    LEFT JOIN profiles a ON a.id = actor
  RETURNING * INTO told;
  RETURN told;
END $$;

-- An invite's state at an instant: once its group is over it is declined, whatever has been written (SPEC 4).
CREATE FUNCTION notification_status_at(n notifications, at timestamptz) RETURNS notification_status
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN n.kind = 'group_invite' AND n.status = 'pending'
             AND (SELECT group_is_over(g, at) FROM groups g WHERE g.id = n.group_id)
            THEN 'declined' ELSE n.status END;

-- A notification as its recipient sees it, with the group while the recipient is a member or holds a pending invite
-- (SPEC 4). One row of one column: such a function becomes part of the statement that reads a page, where a plain one would
-- be called for every row.
CREATE FUNCTION notification_json(n notifications, at timestamptz) RETURNS SETOF json
LANGUAGE sql STABLE ROWS 1
BEGIN ATOMIC
  SELECT json_build_object(
           'id', n.id, 'recipient_id', n.recipient_id, 'kind', n.kind,
           'status', CASE WHEN invite.expired THEN 'declined' ELSE n.status END, 'title', n.title, 'body', n.body,
           'data', CASE WHEN invite.expired THEN n.data || '{"reason": "expired"}' ELSE n.data END,
           'group_id', n.group_id,
           'group', CASE
             WHEN (SELECT m.id FROM group_members m WHERE m.group_id = g.id AND m.user_id = n.recipient_id) IS NOT NULL
               OR (SELECT i.id FROM notifications i
                    WHERE i.group_id = g.id AND i.recipient_id = n.recipient_id AND i.kind = 'group_invite'
                      AND i.status = 'pending' AND NOT group_is_over(g, at)) IS NOT NULL
             THEN json_build_object('id', g.id, 'name', g.name, 'status', group_status_at(g, at)) END,
           'created_at', rfc3339(n.created_at), 'read_at', rfc3339(n.read_at))
    FROM (SELECT) AS here
    LEFT JOIN groups g ON g.id = n.group_id
   CROSS JOIN LATERAL (
     SELECT n.kind = 'group_invite' AND n.status = 'pending' AND group_is_over(g, at) AS expired) AS invite;
END;

-- An invite as the group's owner and admins see it.
CREATE FUNCTION invite_json(n notifications, at timestamptz) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_object(
  'id', n.id, 'group_id', n.group_id, 'recipient_id', n.recipient_id,
  'recipient', (SELECT user_summary(p) FROM profiles p WHERE p.id = n.recipient_id),
  'invited_by', n.data ->> 'actor_id', 'status', notification_status_at(n, at), 'created_at', rfc3339(n.created_at));

-- Invites somebody: owner and admins. The pending invite of the same person is returned instead of a second one.
-- LK404 for an unknown person, LK403, LKARC, LKMEM; LK429 beyond 60 an hour.
CREATE FUNCTION invite(caller uuid, group_id uuid, recipient uuid, at timestamptz, OUT created boolean, OUT id uuid,
  OUT body text)
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups := lock_group(group_id, caller);
  n notifications;
BEGIN
  PERFORM require_person(recipient);
  PERFORM require_role(g.id, caller, 'owner', 'admin');
  PERFORM require_active(g, at);
  IF EXISTS (SELECT FROM group_members m WHERE m.group_id = g.id AND m.user_id = recipient) THEN
    RAISE EXCEPTION 'already a member' USING ERRCODE = 'LKMEM';
  END IF;
  SELECT * INTO n FROM notifications p
   WHERE p.group_id = g.id AND p.recipient_id = recipient AND p.kind = 'group_invite' AND p.status = 'pending';
  created := NOT FOUND;
  IF created THEN
    PERFORM spend(caller, 'invite', at, 60, interval '1 hour');
    n := notify(recipient, 'group_invite', g.id, 'group_invite', caller, at);
  END IF;
  id := n.id;
  body := invite_json(n, at)::text;
END $$;

-- A group's pending invites as a JSON array, newest first: owner and admins. LK404, LK403.
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

-- Answers an invite and tells whoever sent it, while that is a member and not the one who acts.
CREATE FUNCTION settle_invite(n notifications, answer notification_status, actor uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  inviter uuid := n.data ->> 'actor_id';
BEGIN
  UPDATE notifications SET status = answer, read_at = coalesce(read_at, at) WHERE id = n.id;
  IF inviter <> actor AND EXISTS (SELECT FROM group_members m WHERE m.group_id = n.group_id AND m.user_id = inviter) THEN
    PERFORM notify(inviter, 'generic', n.group_id, 'invite_' || answer, n.recipient_id, at);
  END IF;
END $$;

-- Adding somebody directly answers the pending invite as accepted (SPEC 4).
CREATE FUNCTION answer_invite_of_added(group_id uuid, person uuid, actor uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM settle_invite(n, 'accepted', actor, at) FROM notifications n
   WHERE n.group_id = answer_invite_of_added.group_id AND n.recipient_id = person
     AND n.kind = 'group_invite' AND n.status = 'pending';
END $$;

-- Accepts or declines one's invite (SPEC 4): the first answer spends it, the same again is without effect.
-- LK404 unless it is the caller's, LKCLO once rescinded or expired, LKANS for the other answer; LKFUL by trigger.
CREATE FUNCTION answer_invite(caller uuid, invite_id uuid, answer notification_status, at timestamptz) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  n notifications;
BEGIN
  PERFORM FROM groups g JOIN notifications i ON i.group_id = g.id
    WHERE i.id = invite_id AND i.recipient_id = caller FOR NO KEY UPDATE OF g;
  SELECT * INTO n FROM notifications i
   WHERE i.id = invite_id AND i.recipient_id = caller AND i.kind = 'group_invite' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such invite' USING ERRCODE = 'LK404';
  ELSIF n.data ? 'reason' OR notification_status_at(n, at) <> n.status THEN
    RAISE EXCEPTION 'the invite was withdrawn or has expired' USING ERRCODE = 'LKCLO';
  ELSIF n.status NOT IN ('pending', answer) THEN
    RAISE EXCEPTION 'the invite was % before', n.status USING ERRCODE = 'LKANS';
  ELSIF n.status = 'pending' THEN
    IF answer = 'accepted' THEN
      INSERT INTO group_members (group_id, user_id, created_at) VALUES (n.group_id, caller, at);
    END IF;
    PERFORM settle_invite(n, answer, caller, at);
    PERFORM award_milestones(n.group_id, at);
  END IF;
  RETURN (SELECT shown::text FROM notifications i CROSS JOIN LATERAL notification_json(i, at) AS shown
           WHERE i.id = invite_id);
END $$;

-- Withdraws a pending invite: owner and admins. Again is without effect; LKCLO once it was answered or has expired.
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

-- Declines the pending invites of a group, for one person or for all, and says why.
CREATE FUNCTION close_invites(group_id uuid, recipient uuid, reason text) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  UPDATE notifications n SET status = 'declined', data = n.data || jsonb_build_object('reason', reason)
   WHERE n.group_id = close_invites.group_id AND n.kind = 'group_invite' AND n.status = 'pending'
     AND (recipient IS NULL OR n.recipient_id = recipient);
END;

-- Marks one as read, or all (notification_id NULL); an invite keeps its status (SPEC 4). Returns how many it changed.
CREATE FUNCTION read_notifications(caller uuid, notification_id uuid, at timestamptz) RETURNS bigint
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  WITH changed AS (
    UPDATE notifications n
       SET read_at = at, status = CASE n.kind WHEN 'group_invite' THEN n.status ELSE 'read' END
     WHERE n.recipient_id = caller AND n.read_at IS NULL AND (notification_id IS NULL OR n.id = notification_id)
    RETURNING 1)
  SELECT count(*) FROM changed;
END;
`;

const down = `
DROP FUNCTION read_notifications(uuid, uuid, timestamptz);
DROP FUNCTION close_invites(uuid, uuid, text);
DROP FUNCTION rescind_invite(uuid, uuid, uuid, timestamptz);
DROP FUNCTION answer_invite(uuid, uuid, notification_status, timestamptz);
DROP FUNCTION answer_invite_of_added(uuid, uuid, uuid, timestamptz);
DROP FUNCTION settle_invite(notifications, notification_status, uuid, timestamptz);
DROP FUNCTION invite_list(uuid, uuid, timestamptz);
DROP FUNCTION invite(uuid, uuid, uuid, timestamptz);
DROP FUNCTION invite_json(notifications, timestamptz);
DROP FUNCTION notification_json(notifications, timestamptz);
DROP FUNCTION notification_status_at(notifications, timestamptz);
DROP FUNCTION notify(uuid, notification_kind, uuid, text, uuid, timestamptz, jsonb);
DROP FUNCTION notification_body(text, text, text);
DROP FUNCTION notification_title(text, text);
DROP TABLE notifications;
DROP TYPE notification_status, notification_kind;
`;
