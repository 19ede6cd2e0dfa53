import { Global, Module } from '@nestjs/common';
import { Closing } from './closing.js';
import { Metrics } from './metrics.js';
import { OperationsController } from './operations.controller.js';
import { RateLimiter } from './rate-limiter.js';

@Global()
@Module({
  controllers: [OperationsController],
  providers: [Closing, Metrics, RateLimiter],
  exports: [Closing, Metrics, RateLimiter],
})
export class HttpModule {}
