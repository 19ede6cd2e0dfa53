import { Module } from '@nestjs/common';
import { LiveController } from './live.controller.js';
import { LiveQueries } from './live.queries.js';
import { LiveService } from './live.service.js';
import { RaceHub } from './race-hub.js';
import { StreamSlots } from './stream-slots.js';

@Module({ controllers: [LiveController], providers: [LiveService, LiveQueries, RaceHub, StreamSlots] })
export class LiveModule {}
