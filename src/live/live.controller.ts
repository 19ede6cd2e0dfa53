import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../auth/caller.js';
import { Me } from '../auth/me.decorator.js';
import { AnswersEvents, Id } from '../http/decorators.js';
import { Filter } from '../http/input.pipe.js';
import { StreamQuery } from './live.dto.js';
import { LiveService } from './live.service.js';

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
