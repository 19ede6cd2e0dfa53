import { Module } from '@nestjs/common';
import { LiveController } from './stream.controller.js';
import { LiveQueries } from './stream.queries.js';
import { LiveService } from './stream.service.js';
import { RaceHub } from './race-broadcaster.js';
import { StreamSlots } from './stream-registry.js';

@Module({ controllers: [LiveController], providers: [LiveService, LiveQueries, RaceHub, StreamSlots] })
export class LiveModule {}
