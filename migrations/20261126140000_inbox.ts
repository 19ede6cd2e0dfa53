import { Migration } from '@mikro-orm/migrations';

/** Notifications, including group invites. */
export class Inbox extends Migration {
  override name = '20261126140000_inbox';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = `
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
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', now()),
  read_at timestamptz(3),
  CONSTRAINT notifications_invite_has_group CHECK (kind <> 'group_invite' OR group_id IS NOT NULL),
  CONSTRAINT notifications_invite_is_answered CHECK (status = 'pending' OR (kind = 'group_invite') = (status <> 'read')),
  CONSTRAINT notifications_read_at_when_read CHECK (kind = 'group_invite' OR (status = 'read') = (read_at IS NOT NULL))
);
CREATE INDEX notifications_newest ON notifications (recipient_id, created_at DESC, id DESC);
CREATE INDEX notifications_unread ON notifications (recipient_id, created_at DESC, id DESC) WHERE read_at IS NULL;
CREATE INDEX notifications_read ON notifications (recipient_id, created_at DESC, id DESC) WHERE read_at IS NOT NULL;
CREATE INDEX notifications_of_group ON notifications (group_id);
CREATE UNIQUE INDEX notifications_one_pending_invite ON notifications (group_id, recipient_id)
  WHERE kind = 'group_invite' AND status = 'pending';
CREATE INDEX notifications_pending_invites ON notifications (recipient_id, group_id)
  WHERE kind = 'group_invite' AND status = 'pending';

-- No key leads to profiles: it would lock the person after the notifications. A trigger removes the rows with the account.
CREATE TABLE unread_changes (
  recipient_id uuid,
  id bigint GENERATED ALWAYS AS IDENTITY,
  change integer NOT NULL,
  PRIMARY KEY (recipient_id, id)
);
COMMENT ON TABLE unread_changes IS
  'A recipient''s changes add up to the number of unread notifications. Writers add rows, so none waits for another.';
`;

const down = `
DROP TABLE unread_changes, notifications;
DROP TYPE notification_status, notification_kind;
`;
