import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiExtraModels, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { User } from '../../auth/user.js';
import { CurrentUser } from '../../auth/current-user.decorator.js';
import { ProgressChanges, StreamQuery } from './stream.dto.js';
import { StreamService } from './stream.service.js';
import { ApiEventStreamResponse, ApiProblems } from '../../common/api.decorators.js';
import { UuidPipe } from '../../common/uuid.pipe.js';

@ApiTags('progress')
@ApiExtraModels(ProgressChanges)
@Controller('groups/:id/progress')
export class StreamController {
  constructor(private readonly streams: StreamService) {}

  @Get('stream')
  @ApiEventStreamResponse()
  @ApiProblems('not_found', 'too_many_streams')
  streamProgress(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Query() { changes }: StreamQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.streams.watch(user, id, reply, changes ?? false);
  }
}
