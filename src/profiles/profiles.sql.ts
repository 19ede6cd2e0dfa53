import type { Json } from '../common/json.js';
import { statement } from '../database/database.js';
import type { AccountExport, Focus, Me, UserSummary } from './profiles.dto.js';

export const me = statement<[user: string], { body: Json<Me> }>(
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

/** $2 and $4 tell whether a property is set; null then clears it. */
export const updateProfile = statement<
  [user: string, setName: boolean, name: string | null, setAvatar: boolean, avatar: string | null],
  { id: string }
>(
  'profile_update',
  `UPDATE profiles
      SET display_name = CASE WHEN $2 THEN $3 ELSE display_name END,
          avatar_url = CASE WHEN $4 THEN $5 ELSE avatar_url END
    WHERE id = $1 AND ($2 OR $4)
   RETURNING id`,
);

/** `change` is JSON by column name. */
export const profileViolations = statement<[change: string], { name: string }>(
  'profile_violations',
  'SELECT name FROM profile_violations($1::jsonb) AS violation (name)',
);

/** $3 and $4 are local days; null is the default, the last 30 days. */
export const focus = statement<
  [user: string, timezone: string, from: string | null, to: string | null],
  { body: Json<Focus> | null }
>('profile_focus', 'SELECT focus_of($1, $2, $3, $4, to_ms(now())) AS body');

export const findProfile = statement<[user: string, email: string], { body: Json<UserSummary> | null }>(
  'profile_lookup',
  'SELECT find_profile_by_email($1, $2, to_ms(now())) AS body',
);

export const deleteAccount = statement<[user: string], never>(
  'account_delete',
  'SELECT delete_account($1, to_ms(now()))',
);

export const exportAccount = statement<[user: string], { body: Json<AccountExport> | null }>(
  'account_export',
  'SELECT export_account($1, to_ms(now())) AS body',
);

/** Nothing removes an upload before its account is deleted (specification 1, Limits). */
export const countAvatarUpload = statement<[user: string], never>(
  'avatar_upload_count',
  `SELECT consume_rate_limit($1, 'avatar upload', to_ms(now()), 30, interval '1 hour')`,
);

export const orphanedAvatars = statement<[], { profile_id: string }>(
  'orphaned_avatars',
  `SELECT profile_id FROM orphaned_avatars ORDER BY orphaned_at LIMIT 100`,
);

export const avatarsRemoved = statement<[profile: string, uploadSeconds: number], never>(
  'orphaned_avatars_removed',
  'DELETE FROM orphaned_avatars WHERE profile_id = $1 AND orphaned_at < now() - make_interval(secs => $2)',
);
