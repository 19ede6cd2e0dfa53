import { Controller, Get } from '@nestjs/common';
import { ApiExtraModels, ApiTags } from '@nestjs/swagger';
import { HealthCheckService } from '@nestjs/terminus';
import { Public } from '../../auth/public.decorator.js';
import { Answers } from '../../common/decorators.js';
import { DatabaseHealth } from './database.health.js';
import { Health, HealthIndicator } from './health.dto.js';

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
  @Answers(Health)
  getLiveness(): Promise<object> {
    return this.health.check([]);
  }

  @Get('ready')
  @Answers(Health, { problems: ['unavailable'] })
  getReadiness(): Promise<object> {
    return this.health.check([() => this.database.check()]);
  }
}
