import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, Res, UseInterceptors } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { User } from '../auth/user.js';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { Json } from '../common/json.js';
import { sendPage } from '../common/pagination.js';
import { type Answer, IdempotencyService } from '../idempotency/idempotency.service.js';
import { GroupErrorsInterceptor } from './group-errors.interceptor.js';
import { CreateGroup, Group, GroupDetail, GroupsQuery, TransferGroup, UpdateGroup } from './groups.dto.js';
import type { StoredGroup } from './groups.sql.js';
import { GroupsService } from './groups.service.js';
import { ApiIdempotencyKey, ApiProblems, LOCATION, NEXT_PAGE } from '../common/api.decorators.js';
import { CustomMethod } from '../common/custom-method.decorator.js';
import { UuidPipe } from '../common/uuid.pipe.js';

@ApiTags('groups')
@Controller('groups')
export class GroupsController {
  constructor(
    private readonly groups: GroupsService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post()
  @UseInterceptors(GroupErrorsInterceptor)
  @ApiCreatedResponse({ type: GroupDetail, headers: LOCATION })
  @ApiIdempotencyKey()
  createGroup(
    @CurrentUser() user: User,
    @Body() group: CreateGroup,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json<GroupDetail>> {
    return this.idempotency.once(user, reply, group, async () => created(await this.groups.create(user, group)));
  }

  @Get()
  @ApiOkResponse({ type: [Group], headers: NEXT_PAGE })
  async listGroups(
    @CurrentUser() user: User,
    @Query() query: GroupsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json<Group[]>> {
    return sendPage(reply, await this.groups.list(user, query));
  }

  @Get(':id')
  @ApiOkResponse({ type: GroupDetail })
  @ApiProblems('not_found')
  getGroup(@CurrentUser() user: User, @Param('id', UuidPipe) id: string): Promise<Json<GroupDetail>> {
    return this.groups.get(user, id);
  }

  @Patch(':id')
  @UseInterceptors(GroupErrorsInterceptor)
  @ApiOkResponse({ type: GroupDetail })
  @ApiProblems('forbidden', 'not_found', 'group_archived')
  updateGroup(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Body() change: UpdateGroup,
  ): Promise<Json<GroupDetail>> {
    return this.groups.update(user, id, change);
  }

  @CustomMethod('clone')
  @ApiCreatedResponse({ type: GroupDetail, headers: LOCATION })
  @ApiProblems('not_found')
  @ApiIdempotencyKey()
  cloneGroup(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json<GroupDetail>> {
    return this.idempotency.once(user, reply, {}, async () => created(await this.groups.clone(user, id)));
  }

  @CustomMethod('archive')
  @HttpCode(200)
  @ApiOkResponse({ type: GroupDetail })
  @ApiProblems('forbidden', 'not_found')
  archiveGroup(@CurrentUser() user: User, @Param('id', UuidPipe) id: string): Promise<Json<GroupDetail>> {
    return this.groups.archive(user, id);
  }

  @CustomMethod('transfer')
  @HttpCode(200)
  @ApiOkResponse({ type: GroupDetail })
  @ApiProblems('forbidden', 'not_found')
  transferGroup(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Body() { user_id }: TransferGroup,
  ): Promise<Json<GroupDetail>> {
    return this.groups.transfer(user, id, user_id);
  }
}

function created({ id, body }: StoredGroup): Answer<GroupDetail> {
  return { status: 201, location: `/api/groups/${id}`, body };
}
