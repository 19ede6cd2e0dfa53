import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { type HealthCheckResult, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { Public } from '../../auth/public.decorator.js';
import { SigningKeys } from '../../auth/signing-keys.js';
import { ApiProblems } from '../../common/api.decorators.js';
import { Problem } from '../../common/problem.js';
import { GracefulShutdown } from '../graceful-shutdown.js';
import { DatabaseHealth } from './database.health.js';
import { Health, HealthIndicator } from './health.dto.js';

@Public()
@ApiTags('operations')
@ApiExtraModels(HealthIndicator)
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: DatabaseHealth,
    private readonly keys: SigningKeys,
    private readonly shutdown: GracefulShutdown,
  ) {}

  @Get('live')
  @ApiOkResponse({ type: Health })
  getLiveness(): Promise<object> {
    return this.health.check([]);
  }

  @Get('ready')
  @ApiOkResponse({ type: Health })
  @ApiProblems('unavailable')
  async getReadiness(): Promise<object> {
    const keys = this.indicators.check('signing keys');
    const process = this.indicators.check('process');
    try {
      return await this.health.check([
        () => this.database.isReachable(),
        () => this.database.isMigrated(),
        () => (this.keys.checkKnown() ? keys.up() : keys.down('cannot be read')),
        () => (this.shutdown.isDraining ? process.down('is shutting down') : process.up()),
      ]);
    } catch (error) {
      throw error instanceof ServiceUnavailableException ? notReady(error.getResponse() as HealthCheckResult) : error;
    }
  }
}

/** Names the parts that failed, for operators. */
function notReady({ error = {} }: HealthCheckResult): Problem {
  const parts = Object.entries(error).map(([part, result]) => `${part} ${String(result?.message)}`);
  return new Problem('unavailable', { detail: `Not ready: ${parts.join(', ')}.`, retryAfter: 5 });
}
