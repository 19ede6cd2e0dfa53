import { Migration } from '@mikro-orm/migrations';

/** Deleting an account, and handing out what is stored about somebody (SPEC 9). */
export class Migration20261122101000Accounts extends Migration {
  override name = '20261122101000_accounts';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = String.raw`
-- Whose account was deleted, and in which second: tokens issued by then stay refused (SPEC 9).
CREATE TABLE deleted_identities (
  hash bytea PRIMARY KEY,
  deleted_at timestamptz(0) NOT NULL
);

CREATE FUNCTION identity_hash(provider text, subject text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN digest(provider || ' ' || subject, 'sha256');

-- The people whose avatars are still to be removed from S3, which no transaction can do.
CREATE TABLE orphaned_avatars (
  profile_id uuid PRIMARY KEY,
  orphaned_at timestamptz NOT NULL
);

-- sign_in() for a token issued at a moment (auth_time, else iat). Raises LK401 if the account was deleted in that second
-- or later. The deletion is looked for last, so that one which commits meanwhile is seen.
CREATE FUNCTION sign_in_at(provider text, subject text, proved_email citext, proved_at timestamptz, issued_at timestamptz)
RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  profile uuid := sign_in(provider, subject, proved_email, proved_at);
BEGIN
  IF EXISTS (SELECT FROM deleted_identities d WHERE d.hash = identity_hash(provider, subject)
                AND d.deleted_at >= date_trunc('second', issued_at)) THEN
    RAISE EXCEPTION 'the account was deleted' USING ERRCODE = 'LK401';
  END IF;
  RETURN profile;
END $$;

-- Gives a locked group to its longest-standing admin, else member, and tells them; without anybody else it is deleted.
CREATE FUNCTION bequeath_group(g groups, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  heir uuid := (SELECT m.user_id FROM group_members m WHERE m.group_id = g.id AND m.role <> 'owner'
                 ORDER BY m.role, m.created_at, m.join_order LIMIT 1);
BEGIN
  IF heir IS NULL THEN
    DELETE FROM groups WHERE id = g.id;
  ELSE
    PERFORM transfer_group(g.owner_id, g.id, heir, at);
  END IF;
END $$;

-- Deletes an account (SPEC 9): owned groups go to an heir, hosted sessions end and stay for the others, and everything that
-- is the person's goes. Every process is told by the channel account_deleted. LK401 if it is gone already.
CREATE FUNCTION delete_account(caller uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
  left_groups uuid[] := '{}';
BEGIN
  FOR g IN SELECT own.* FROM groups own JOIN group_members m ON m.group_id = own.id AND m.user_id = caller
            ORDER BY own.id FOR NO KEY UPDATE OF own LOOP
    PERFORM leave_group_sessions(g.id, caller, at);
    IF g.owner_id = caller THEN
      PERFORM bequeath_group(g, at);
    END IF;
    left_groups := left_groups || g.id;
  END LOOP;
  DELETE FROM sessions s WHERE s.creator_id = caller AND s.group_id IS NULL;
  INSERT INTO deleted_identities
  SELECT identity_hash(i.provider, i.subject), date_trunc('second', at) FROM auth_identities i WHERE i.profile_id = caller
  ON CONFLICT ON CONSTRAINT deleted_identities_pkey DO UPDATE SET deleted_at = excluded.deleted_at;
  INSERT INTO orphaned_avatars VALUES (caller, at) ON CONFLICT DO NOTHING;
  DELETE FROM profiles p WHERE p.id = caller;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the account was deleted' USING ERRCODE = 'LK401';
  END IF;
  PERFORM award_milestones(left_group, at) FROM unnest(left_groups) left_group ORDER BY left_group;
  PERFORM pg_notify('account_deleted', caller::text);
END $$;

-- All that is stored about somebody, as one JSON object; NULL for an account that is gone.
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
        SELECT coalesce(json_agg(told ORDER BY n.created_at, n.id), '[]')
          FROM notifications n CROSS JOIN LATERAL notification_json(n, at) told WHERE n.recipient_id = p.id),
      'limited_actions', (
        SELECT coalesce(json_agg(json_build_object('action', l.action, 'at', rfc3339(l.at)) ORDER BY l.at), '[]')
          FROM limited_actions l WHERE l.profile_id = p.id))::text
      FROM profiles p WHERE p.id = caller);
END $$;
`;

const down = `
DROP FUNCTION export_account(uuid, timestamptz);
DROP FUNCTION delete_account(uuid, timestamptz);
DROP FUNCTION bequeath_group(groups, timestamptz);
DROP FUNCTION sign_in_at(text, text, citext, timestamptz, timestamptz);
DROP TABLE orphaned_avatars;
DROP FUNCTION identity_hash(text, text);
DROP TABLE deleted_identities;
`;
