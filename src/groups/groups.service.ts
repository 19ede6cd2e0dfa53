import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/user.js';
import type { Json } from '../common/json.js';
import type { Page } from '../common/pagination.js';
import { notFound } from '../common/problem.js';
import type { CreateGroup, Group, GroupDetail, GroupsQuery, UpdateGroup } from './groups.dto.js';
import { GroupsQueries, type StoredGroup } from './groups.queries.js';
import type { AddMember, Member, UpdateMember } from './members.dto.js';
import { MembersQueries } from './members.queries.js';

/** Who may do what is decided in SQL, in the statement that does it: database/groups/members.sql. */
@Injectable()
export class GroupsService {
  constructor(
    private readonly groups: GroupsQueries,
    private readonly members: MembersQueries,
  ) {}

  list(me: Caller, query: GroupsQuery): Promise<Page<Group>> {
    return this.groups.list(me.id, query, query.status);
  }

  async get(me: Caller, id: string): Promise<Json<GroupDetail>> {
    return (await this.groups.detail(me.id, id)) ?? notFound();
  }

  create(me: Caller, group: CreateGroup): Promise<StoredGroup> {
    return this.groups.create(me.id, group);
  }

  async update(me: Caller, id: string, change: UpdateGroup): Promise<Json<GroupDetail>> {
    return (await this.groups.update(me.id, id, change)).body;
  }

  clone(me: Caller, id: string): Promise<StoredGroup> {
    return this.groups.clone(me.id, id);
  }

  async archive(me: Caller, id: string): Promise<Json<GroupDetail>> {
    return (await this.groups.archive(me.id, id)).body;
  }

  async transfer(me: Caller, id: string, heir: string): Promise<Json<GroupDetail>> {
    return (await this.groups.transfer(me.id, id, heir)).body;
  }

  async listMembers(me: Caller, id: string): Promise<Json<Member[]>> {
    return (await this.members.list(me.id, id)) ?? notFound();
  }

  addMember(me: Caller, id: string, member: AddMember): Promise<Json<Member>> {
    return this.members.add(me.id, id, member);
  }

  updateMember(me: Caller, id: string, person: string, change: UpdateMember): Promise<Json<Member>> {
    return this.members.update(me.id, id, person, change);
  }

  removeMember(me: Caller, id: string, person: string): Promise<void> {
    return this.members.remove(me.id, id, person);
  }
}
