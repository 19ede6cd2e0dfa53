import { Global, Module } from '@nestjs/common';
import { GracefulShutdown } from './graceful-shutdown.js';
import { Metrics } from './metrics.js';
import { OperationsController } from './operations.controller.js';

@Global()
@Module({
  controllers: [OperationsController],
  providers: [GracefulShutdown, Metrics],
  exports: [GracefulShutdown, Metrics],
})
export class ServerModule {}
