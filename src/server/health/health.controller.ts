import { Controller, Get } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheckService } from '@nestjs/terminus';
import { Public } from '../../auth/public.decorator.js';
import { DatabaseHealth } from './database.health.js';
import { Health, HealthIndicator } from './health.dto.js';
import { ApiProblems } from '../../common/api.decorators.js';

@Public()
@ApiTags('operations')
@ApiExtraModels(HealthIndicator)
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: DatabaseHealth,
  ) {}

  @Get('live')
  @ApiOkResponse({ type: Health })
  getLiveness(): Promise<object> {
    return this.health.check([]);
  }

  @Get('ready')
  @ApiOkResponse({ type: Health })
  @ApiProblems('unavailable')
  getReadiness(): Promise<object> {
    return this.health.check([() => this.database.check()]);
  }
}
