import { Injectable } from '@nestjs/common';
import type { User } from '../auth/user.js';
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

  list(user: User, query: GroupsQuery): Promise<Page<Group>> {
    return this.groups.list(user.id, query, query.status);
  }

  async get(user: User, id: string): Promise<Json<GroupDetail>> {
    return (await this.groups.detail(user.id, id)) ?? notFound();
  }

  create(user: User, group: CreateGroup): Promise<StoredGroup> {
    return this.groups.create(user.id, group);
  }

  async update(user: User, id: string, change: UpdateGroup): Promise<Json<GroupDetail>> {
    return (await this.groups.update(user.id, id, change)).body;
  }

  clone(user: User, id: string): Promise<StoredGroup> {
    return this.groups.clone(user.id, id);
  }

  async archive(user: User, id: string): Promise<Json<GroupDetail>> {
    return (await this.groups.archive(user.id, id)).body;
  }

  async transfer(user: User, id: string, heir: string): Promise<Json<GroupDetail>> {
    return (await this.groups.transfer(user.id, id, heir)).body;
  }

  async listMembers(user: User, id: string): Promise<Json<Member[]>> {
    return (await this.members.list(user.id, id)) ?? notFound();
  }

  addMember(user: User, id: string, member: AddMember): Promise<Json<Member>> {
    return this.members.add(user.id, id, member);
  }

  updateMember(user: User, id: string, person: string, change: UpdateMember): Promise<Json<Member>> {
    return this.members.update(user.id, id, person, change);
  }

  removeMember(user: User, id: string, person: string): Promise<void> {
    return this.members.remove(user.id, id, person);
  }
}
