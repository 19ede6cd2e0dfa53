import type { Json } from '../common/json.js';
import type { Page } from '../common/pagination.js';
import { statement } from '../database/database.js';
import { beforeCursor, newestFirst, page } from '../database/pagination.sql.js';
import type { GroupStatus } from '../common/enumerations.js';
import type { Group, GroupDetail } from './groups.dto.js';
import type { Member } from './members.dto.js';

export interface StoredGroup {
  id: string;
  body: Json<GroupDetail>;
}

export const groupList = statement<
  [user: string, limit: number, createdAt: string | undefined, id: string | undefined, status: GroupStatus | undefined],
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

export const groupDetail = statement<[user: string, id: string], StoredGroup>(
  'group_detail',
  `SELECT m.group_id AS id, group_detail(m.group_id, to_ms(now())) AS body
     FROM group_members m WHERE m.user_id = $1 AND m.group_id = $2`,
);

export const createGroup = statement<
  [string, string, string | null, string | null, string, string, string, number],
  StoredGroup
>(
  'group_create',
  `SELECT made.id, group_detail(made.id, to_ms(now())) AS body
     FROM create_group($1, $2, $3, $4, $5, $6, $7::group_period, $8, to_ms(now())) AS made (id)`,
);

/** `change` is JSON by column name; `group` is null for a new group. */
export const groupViolations = statement<[user: string, group: string | null, change: string], { name: string }>(
  'group_violations',
  'SELECT name FROM group_violations($1, $2, $3::jsonb, to_ms(now())) AS violation (name)',
);

export const updateGroup = statement<
  [
    user: string,
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

export const cloneGroup = statement<[user: string, id: string], StoredGroup>(
  'group_clone',
  `SELECT made.id, group_detail(made.id, to_ms(now())) AS body FROM clone_group_as($1, $2, to_ms(now())) AS made (id)`,
);

export const archiveGroup = statement<[user: string, id: string], StoredGroup>(
  'group_archive',
  `SELECT changed.id, group_detail(changed.id, to_ms(now())) AS body
     FROM archive_group($1, $2, to_ms(now())) AS changed (id)`,
);

export const transferGroup = statement<[user: string, id: string, newOwner: string], StoredGroup>(
  'group_transfer',
  `SELECT changed.id, group_detail(changed.id, to_ms(now())) AS body
     FROM transfer_group($1, $2, $3, to_ms(now())) AS changed (id)`,
);

export const memberList = statement<[user: string, group: string], { body: Json<Member[]> }>(
  'member_list',
  `SELECT members::text AS body FROM group_members m CROSS JOIN group_member_list($2) members
    WHERE m.user_id = $1 AND m.group_id = $2`,
);

export const addMember = statement<[user: string, group: string, member: string, role: string], { body: Json<Member> }>(
  'member_add',
  'SELECT add_member($1, $2, $3, $4::member_role, to_ms(now())) AS body',
);

export const updateMember = statement<
  [user: string, group: string, member: string, setOverride: boolean, override: number | null, role: string | null],
  { body: Json<Member> }
>('member_update', 'SELECT update_member($1, $2, $3, $4, $5, $6::member_role, to_ms(now())) AS body');

export const removeMember = statement<[user: string, group: string, member: string], never>(
  'member_remove',
  'SELECT remove_member($1, $2, $3, to_ms(now()))',
);
