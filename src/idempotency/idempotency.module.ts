import { Module } from '@nestjs/common';
import { IdempotencyQueries } from './idempotency.queries.js';
import { IdempotencyService } from './idempotency.service.js';

@Module({
  providers: [IdempotencyService, IdempotencyQueries],
  exports: [IdempotencyService],
})
export class IdempotencyModule {}
