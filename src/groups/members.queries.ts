import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';
import type { Json } from '../common/json.js';
import type { AddMember, Member, UpdateMember } from './members.dto.js';

export const list = statement<[viewer: string, group: string], { body: Json<Member[]> }>(
  'member_list',
  `SELECT members::text AS body FROM group_members m CROSS JOIN group_member_list($2) members
    WHERE m.user_id = $1 AND m.group_id = $2`,
);

const add = statement<[caller: string, group: string, person: string, role: string], { body: Json<Member> }>(
  'member_add',
  'SELECT add_member($1, $2, $3, $4::member_role, to_ms(now())) AS body',
);

const update = statement<
  [caller: string, group: string, person: string, setOverride: boolean, override: number | null, role: string | null],
  { body: Json<Member> }
>('member_update', 'SELECT update_member($1, $2, $3, $4, $5, $6::member_role, to_ms(now())) AS body');

const remove = statement<[caller: string, group: string, person: string], never>(
  'member_remove',
  'SELECT remove_member($1, $2, $3, to_ms(now()))',
);

@Injectable()
export class MembersQueries {
  constructor(private readonly database: Database) {}

  /** The members as one of them sees them, or nothing for anybody else. */
  async list(viewer: string, group: string): Promise<Json<Member[]> | undefined> {
    return (await this.database.first(list, viewer, group))?.body;
  }

  async add(caller: string, group: string, member: AddMember): Promise<Json<Member>> {
    return (await this.database.one(add, caller, group, member.user_id, member.role ?? 'member')).body;
  }

  /** An override that is undefined stays, null clears. */
  async update(caller: string, group: string, person: string, change: UpdateMember): Promise<Json<Member>> {
    const { override_period_target_minutes: override, role } = change;
    const set = override !== undefined;
    return (await this.database.one(update, caller, group, person, set, override ?? null, role ?? null)).body;
  }

  async remove(caller: string, group: string, person: string): Promise<void> {
    await this.database.first(remove, caller, group, person);
  }
}
