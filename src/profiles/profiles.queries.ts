import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';
import type { Json } from '../http/json.js';
import type { Me, UserSummary } from './profiles.dto.js';

export const me = statement<[caller: string], { body: Json<Me> }>(
  'me',
  `SELECT json_build_object(
            'id', p.id, 'email', p.email, 'display_name', p.display_name, 'avatar_url', p.avatar_url,
            'created_at', rfc3339(p.created_at), 'updated_at', rfc3339(p.updated_at),
            'memberships', (
              SELECT coalesce(json_agg(json_build_object(
                       'group_id', g.id, 'name', g.name, 'status', group_status_at(g, now()), 'role', m.role)
                       ORDER BY m.created_at DESC, m.join_order DESC), '[]')
                FROM group_members m JOIN groups g ON g.id = m.group_id
               WHERE m.user_id = p.id),
            'unread_notifications', (
              SELECT count(*) FROM notifications n WHERE n.recipient_id = p.id AND n.read_at IS NULL))::text AS body
     FROM profiles p WHERE p.id = $1`,
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
  'SELECT look_up_profile($1, $2, to_ms(now())) AS body',
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

  /** Counts against the caller's limit, whether or not somebody is found. */
  async lookup(caller: string, email: string): Promise<Json<UserSummary> | undefined> {
    return (await this.database.first(lookup, caller, email))?.body ?? undefined;
  }
}
