import { Controller, Get, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../auth/user.js';
import { Me } from '../auth/current-user.decorator.js';
import { Action, Answers, AnswersPage, Creates, Id, Idempotent, Reply } from '../common/decorators.js';
import { Filter, Input } from '../common/validation.pipe.js';
import type { Json } from '../common/json.js';
import { answerPage } from '../common/pagination.js';
import { type Answer, IdempotencyService } from '../idempotency/idempotency.service.js';
import { CreateGroup, Group, GroupDetail, GroupsQuery, TransferGroup, UpdateGroup } from './groups.dto.js';
import type { StoredGroup } from './groups.queries.js';
import { GroupsService } from './groups.service.js';

@ApiTags('groups')
@Controller('groups')
export class GroupsController {
  constructor(
    private readonly groups: GroupsService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post()
  @Creates(GroupDetail)
  @Idempotent()
  createGroup(@Me() me: Caller, @Input() group: CreateGroup, @Reply() reply: FastifyReply): Promise<Json<GroupDetail>> {
    return this.idempotency.once(me, reply, group, async () => created(await this.groups.create(me, group)));
  }

  @Get()
  @AnswersPage(Group)
  async listGroups(
    @Me() me: Caller,
    @Filter() query: GroupsQuery,
    @Reply() reply: FastifyReply,
  ): Promise<Json<Group[]>> {
    return answerPage(reply, await this.groups.list(me, query));
  }

  @Get(':id')
  @Answers(GroupDetail, { problems: ['not_found'] })
  getGroup(@Me() me: Caller, @Id() id: string): Promise<Json<GroupDetail>> {
    return this.groups.get(me, id);
  }

  @Patch(':id')
  @Answers(GroupDetail, { problems: ['forbidden', 'not_found', 'group_archived'] })
  updateGroup(@Me() me: Caller, @Id() id: string, @Input() change: UpdateGroup): Promise<Json<GroupDetail>> {
    return this.groups.update(me, id, change);
  }

  @Action('clone')
  @Creates(GroupDetail, { problems: ['not_found'] })
  @Idempotent()
  cloneGroup(@Me() me: Caller, @Id() id: string, @Reply() reply: FastifyReply): Promise<Json<GroupDetail>> {
    return this.idempotency.once(me, reply, {}, async () => created(await this.groups.clone(me, id)));
  }

  @Action('archive')
  @Answers(GroupDetail, { problems: ['forbidden', 'not_found'] })
  archiveGroup(@Me() me: Caller, @Id() id: string): Promise<Json<GroupDetail>> {
    return this.groups.archive(me, id);
  }

  @Action('transfer')
  @Answers(GroupDetail, { problems: ['forbidden', 'not_found'] })
  transferGroup(@Me() me: Caller, @Id() id: string, @Input() { user_id }: TransferGroup): Promise<Json<GroupDetail>> {
    return this.groups.transfer(me, id, user_id);
  }
}

function created({ id, body }: StoredGroup): Answer<GroupDetail> {
  return { status: 201, location: `/api/groups/${id}`, body };
}
