import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';
import type { Json } from '../common/json.js';
import type { AccountExport, Me, UserSummary } from './profiles.dto.js';

export const me = statement<[caller: string], { body: Json<Me> }>(
  'me',
  `SELECT row_to_json(me)::text AS body
     FROM (SELECT p.id, p.email, p.display_name, p.avatar_url,
                  rfc3339(p.created_at) AS created_at, rfc3339(p.updated_at) AS updated_at,
                  (SELECT coalesce(json_agg(shown), '[]')
                     FROM (SELECT g.id AS group_id, g.name, group_status_at(g, now()) AS status, m.role
                             FROM group_members m JOIN groups g ON g.id = m.group_id
                            WHERE m.user_id = p.id
                            ORDER BY m.created_at DESC, m.join_order DESC) shown) AS memberships,
                  (SELECT coalesce(sum(u.change), 0)
                     FROM unread_changes u WHERE u.recipient_id = p.id) AS unread_notifications
             FROM profiles p WHERE p.id = $1) me`,
);

/** `$2` and `$4` tell a property that clears from one that is absent. */
const update = statement<
  [caller: string, setName: boolean, name: string | null, setAvatar: boolean, avatar: string | null],
  { id: string }
>(
  'profile_update',
  `UPDATE profiles
      SET display_name = CASE WHEN $2 THEN $3 ELSE display_name END,
          avatar_url = CASE WHEN $4 THEN $5 ELSE avatar_url END
    WHERE id = $1 AND ($2 OR $4)
   RETURNING id`,
);

const lookup = statement<[caller: string, email: string], { body: Json<UserSummary> | null }>(
  'profile_lookup',
  'SELECT find_profile_by_email($1, $2, to_ms(now())) AS body',
);

const remove = statement<[caller: string], never>('account_delete', 'SELECT delete_account($1, to_ms(now()))');

const exported = statement<[caller: string], { body: Json<AccountExport> | null }>(
  'account_export',
  'SELECT export_account($1, to_ms(now())) AS body',
);

const orphanedAvatars = statement<[], { profile_id: string }>(
  'orphaned_avatars',
  `SELECT profile_id FROM orphaned_avatars ORDER BY orphaned_at LIMIT 100`,
);

const avatarsRemoved = statement<[profile: string], never>(
  'orphaned_avatars_removed',
  'DELETE FROM orphaned_avatars WHERE profile_id = $1',
);

@Injectable()
export class ProfilesQueries {
  constructor(private readonly database: Database) {}

  async me(caller: string): Promise<Json<Me> | undefined> {
    return (await this.database.first(me, caller))?.body;
  }

  /** Properties that are undefined stay, null clears. */
  async update(caller: string, name: string | null | undefined, avatar: string | null | undefined): Promise<void> {
    await this.database.first(update, caller, name !== undefined, name ?? null, avatar !== undefined, avatar ?? null);
  }

  /** Deletes the account and all that is the caller's; the avatars in S3 are left behind as orphans. */
  async remove(caller: string): Promise<void> {
    await this.database.first(remove, caller);
  }

  async export(caller: string): Promise<Json<AccountExport> | undefined> {
    return (await this.database.one(exported, caller)).body ?? undefined;
  }

  /** People without an account whose avatars may still be in S3, those who wait longest first. */
  async orphanedAvatars(): Promise<string[]> {
    return (await this.database.all(orphanedAvatars)).map((row) => row.profile_id);
  }

  async avatarsRemoved(profile: string): Promise<void> {
    await this.database.first(avatarsRemoved, profile);
  }

  /** Counts against the caller's limit, whether or not somebody is found. */
  async lookup(caller: string, email: string): Promise<Json<UserSummary> | undefined> {
    return (await this.database.first(lookup, caller, email))?.body ?? undefined;
  }
}
