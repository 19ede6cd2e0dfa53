import { Migration } from '@mikro-orm/migrations';

/** A group made while its maker's account is being deleted (SPEC 4, 9). */
export class Migration20261122101200GroupsOfDeletedAccounts extends Migration {
  override name = '20261122101200_groups_of_deleted_accounts';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = String.raw`
-- Makes a group of which the caller is the owner. LK401 if the caller's account has been deleted meanwhile: left to the
-- foreign key of the membership, it would read as if somebody else did not exist.
CREATE OR REPLACE FUNCTION create_group(caller uuid, name text, description text, start_at timestamptz, end_at timestamptz,
  timezone text, period group_period, target_minutes integer, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  made uuid;
BEGIN
  PERFORM FROM profiles p WHERE p.id = caller FOR KEY SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the account was deleted' USING ERRCODE = 'LK401';
  END IF;
  PERFORM require_future_end(create_group.end_at, create_group.at);
  INSERT INTO groups (owner_id, name, description, start_at, end_at, timezone, period, period_target_minutes, created_at)
  VALUES (caller, create_group.name, coalesce(create_group.description, ''),
          coalesce(create_group.start_at, create_group.at), create_group.end_at,
          create_group.timezone, create_group.period, target_minutes, create_group.at)
  RETURNING id INTO made;
  INSERT INTO group_members (group_id, user_id, role, created_at) VALUES (made, caller, 'owner', create_group.at);
  RETURN made;
END $$;

-- Deletes an account (SPEC 9) as before, groups included that its owner made or joined while this waited.
CREATE OR REPLACE FUNCTION delete_account(caller uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
  left_groups uuid[] := '{}';
BEGIN
  -- Groups are locked before people everywhere. What was made or joined until the profile was locked comes second.
  FOR pass IN 1..2 LOOP
    FOR g IN SELECT own.* FROM groups own JOIN group_members m ON m.group_id = own.id AND m.user_id = caller
               WHERE own.id <> ALL (left_groups) ORDER BY own.id FOR NO KEY UPDATE OF own LOOP
      PERFORM leave_group_sessions(g.id, caller, at);
      IF g.owner_id = caller THEN
        PERFORM bequeath_group(g, at);
      END IF;
      left_groups := left_groups || g.id;
    END LOOP;
    PERFORM FROM profiles p WHERE p.id = caller FOR UPDATE;
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
`;

const down = String.raw`
CREATE OR REPLACE FUNCTION create_group(caller uuid, name text, description text, start_at timestamptz, end_at timestamptz,
  timezone text, period group_period, target_minutes integer, at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  made uuid;
BEGIN
  PERFORM require_future_end(create_group.end_at, create_group.at);
  INSERT INTO groups (owner_id, name, description, start_at, end_at, timezone, period, period_target_minutes, created_at)
  VALUES (caller, create_group.name, coalesce(create_group.description, ''),
          coalesce(create_group.start_at, create_group.at), create_group.end_at,
          create_group.timezone, create_group.period, target_minutes, create_group.at)
  RETURNING id INTO made;
  INSERT INTO group_members (group_id, user_id, role, created_at) VALUES (made, caller, 'owner', create_group.at);
  RETURN made;
END $$;

CREATE OR REPLACE FUNCTION delete_account(caller uuid, at timestamptz) RETURNS void
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
`;
