import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';
import { beforeCursor, newestFirst, page } from '../database/pagination.sql.js';
import type { Json } from '../common/json.js';
import type { Page, PageQuery } from '../common/pagination.js';
import type { CreateGroup, Group, GroupDetail, GroupStatus, UpdateGroup } from './groups.dto.js';

export interface StoredGroup {
  id: string;
  body: Json<GroupDetail>;
}

export const list = statement<
  [
    caller: string,
    limit: number,
    createdAt: string | undefined,
    id: string | undefined,
    status: GroupStatus | undefined,
  ],
  Page<Group>
>(
  'group_list',
  page(
    'r.shown',
    `SELECT m.group_created_at AS created_at, m.group_id AS id, group_json(g, to_ms(now())) AS shown
       FROM group_members m JOIN groups g ON g.id = m.group_id
      WHERE m.user_id = $1 AND ${beforeCursor('m.group_created_at', 'm.group_id')}
        AND ($5::group_status IS NULL OR group_status_at(g, now()) = $5)
      ${newestFirst('m.group_created_at', 'm.group_id')}`,
  ),
);

export const detail = statement<[viewer: string, id: string], StoredGroup>(
  'group_detail',
  `SELECT m.group_id AS id, group_detail(m.group_id, to_ms(now())) AS body
     FROM group_members m WHERE m.user_id = $1 AND m.group_id = $2`,
);

const create = statement<[string, string, string | null, string | null, string, string, string, number], StoredGroup>(
  'group_create',
  `SELECT made.id, group_detail(made.id, to_ms(now())) AS body
     FROM create_group($1, $2, $3, $4, $5, $6, $7::group_period, $8, to_ms(now())) AS made (id)`,
);

const update = statement<
  [
    caller: string,
    id: string,
    name: string | null,
    description: string | null,
    end: string | null,
    target: number | null,
  ],
  StoredGroup
>(
  'group_update',
  `SELECT changed.id, group_detail(changed.id, to_ms(now())) AS body
     FROM update_group($1, $2, $3, $4, $5, $6, to_ms(now())) AS changed (id)`,
);

const clone = statement<[caller: string, id: string], StoredGroup>(
  'group_clone',
  `SELECT made.id, group_detail(made.id, to_ms(now())) AS body FROM clone_group_as($1, $2, to_ms(now())) AS made (id)`,
);

const archive = statement<[caller: string, id: string], StoredGroup>(
  'group_archive',
  `SELECT changed.id, group_detail(changed.id, to_ms(now())) AS body
     FROM archive_group($1, $2, to_ms(now())) AS changed (id)`,
);

const transfer = statement<[caller: string, id: string, heir: string], StoredGroup>(
  'group_transfer',
  `SELECT changed.id, group_detail(changed.id, to_ms(now())) AS body
     FROM transfer_group($1, $2, $3, to_ms(now())) AS changed (id)`,
);

@Injectable()
export class GroupsQueries {
  constructor(private readonly database: Database) {}

  list(caller: string, query: PageQuery, status: GroupStatus | undefined): Promise<Page<Group>> {
    return this.database.one(list, caller, query.limit, query.cursor_created_at, query.cursor_id, status);
  }

  /** The group as one of its members sees it, or nothing for anybody else. */
  async detail(viewer: string, id: string): Promise<Json<GroupDetail> | undefined> {
    return (await this.database.first(detail, viewer, id))?.body;
  }

  create(caller: string, group: CreateGroup): Promise<StoredGroup> {
    const { name, description, start_at, end_at, timezone, period, period_target_minutes } = group;
    return this.database.one(
      create,
      caller,
      name,
      description ?? null,
      start_at ?? null,
      end_at,
      timezone,
      period,
      period_target_minutes,
    );
  }

  update(caller: string, id: string, change: UpdateGroup): Promise<StoredGroup> {
    const { name, description, end_at, period_target_minutes } = change;
    return this.database.one(
      update,
      caller,
      id,
      name ?? null,
      description ?? null,
      end_at ?? null,
      period_target_minutes ?? null,
    );
  }

  clone(caller: string, id: string): Promise<StoredGroup> {
    return this.database.one(clone, caller, id);
  }

  archive(caller: string, id: string): Promise<StoredGroup> {
    return this.database.one(archive, caller, id);
  }

  transfer(caller: string, id: string, heir: string): Promise<StoredGroup> {
    return this.database.one(transfer, caller, id, heir);
  }
}
