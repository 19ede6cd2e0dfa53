import { Injectable } from '@nestjs/common';
import type { User } from '../auth/user.js';
import type { Json } from '../common/json.js';
import { notFound } from '../common/problem.js';
import { Database } from '../database/database.js';
import * as sql from './groups.sql.js';
import type { AddMember, Member, UpdateMember } from './members.dto.js';

@Injectable()
export class MembersService {
  constructor(private readonly database: Database) {}

  async list(user: User, group: string): Promise<Json<Member[]>> {
    return (await this.database.first(sql.memberList, user.id, group))?.body ?? notFound();
  }

  async add(user: User, group: string, { user_id, role = 'member' }: AddMember): Promise<Json<Member>> {
    return (await this.database.one(sql.addMember, user.id, group, user_id, role)).body;
  }

  /** An override that is undefined stays; null clears it. */
  async update(user: User, group: string, member: string, change: UpdateMember): Promise<Json<Member>> {
    const { override_period_target_minutes: override, role = null } = change;
    const setOverride = override !== undefined;
    const { body } = await this.database.one(
      sql.updateMember,
      user.id,
      group,
      member,
      setOverride,
      override ?? null,
      role,
    );
    return body;
  }

  async remove(user: User, group: string, member: string): Promise<void> {
    await this.database.first(sql.removeMember, user.id, group, member);
  }
}
