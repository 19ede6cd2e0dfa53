import { Injectable } from '@nestjs/common';
import type { User } from '../auth/user.js';
import type { Json } from '../common/json.js';
import type { Page } from '../common/pagination.js';
import { notFound } from '../common/problem.js';
import { Database } from '../database/database.js';
import type { CreateGroup, Group, GroupDetail, GroupsQuery, UpdateGroup } from './groups.dto.js';
import * as sql from './groups.sql.js';

/** Permissions and rules are decided in the statement that does the work: database/groups/. */
@Injectable()
export class GroupsService {
  constructor(private readonly database: Database) {}

  list(user: User, { limit, cursor_created_at, cursor_id, status }: GroupsQuery): Promise<Page<Group>> {
    return this.database.one(sql.groupList, user.id, limit, cursor_created_at, cursor_id, status);
  }

  async get(user: User, id: string): Promise<Json<GroupDetail>> {
    return (await this.database.first(sql.groupDetail, user.id, id))?.body ?? notFound();
  }

  create(user: User, group: CreateGroup): Promise<sql.StoredGroup> {
    return this.database.one(
      sql.createGroup,
      user.id,
      group.name,
      group.description ?? null,
      group.start_at ?? null,
      group.end_at,
      group.timezone,
      group.period,
      group.period_target_minutes,
    );
  }

  async update(user: User, id: string, change: UpdateGroup): Promise<Json<GroupDetail>> {
    const { name = null, description = null, end_at = null, period_target_minutes = null } = change;
    const { body } = await this.database.one(
      sql.updateGroup,
      user.id,
      id,
      name,
      description,
      end_at,
      period_target_minutes,
    );
    return body;
  }

  clone(user: User, id: string): Promise<sql.StoredGroup> {
    return this.database.one(sql.cloneGroup, user.id, id);
  }

  async archive(user: User, id: string): Promise<Json<GroupDetail>> {
    return (await this.database.one(sql.archiveGroup, user.id, id)).body;
  }

  async transfer(user: User, id: string, newOwner: string): Promise<Json<GroupDetail>> {
    return (await this.database.one(sql.transferGroup, user.id, id, newOwner)).body;
  }
}
