import { Module } from '@nestjs/common';
import { ProgressController } from './progress.controller.js';
import { ProgressService } from './progress.service.js';
import { RaceBroadcaster } from './stream/race-broadcaster.js';
import { StreamController } from './stream/stream.controller.js';
import { StreamRegistry } from './stream/stream-registry.js';
import { StreamService } from './stream/stream.service.js';

@Module({
  controllers: [ProgressController, StreamController],
  providers: [ProgressService, StreamService, RaceBroadcaster, StreamRegistry],
})
export class ProgressModule {}
