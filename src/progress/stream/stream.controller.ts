import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../auth/user.js';
import { Me } from '../../auth/current-user.decorator.js';
import { AnswersEvents, Id } from '../../common/decorators.js';
import { Filter } from '../../common/validation.pipe.js';
import { StreamQuery } from './stream.dto.js';
import { LiveService } from './stream.service.js';

@ApiTags('progress')
@Controller('groups/:id/progress')
export class LiveController {
  constructor(private readonly live: LiveService) {}

  @Get('stream')
  @AnswersEvents({ problems: ['not_found', 'too_many_streams'] })
  streamProgress(
    @Me() me: Caller,
    @Id() id: string,
    @Filter() { changes }: StreamQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.live.watch(me, id, reply, changes ?? false);
  }
}
