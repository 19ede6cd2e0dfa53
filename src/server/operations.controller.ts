import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/public.decorator.js';
import { Environment } from '../config/environment.js';
import { type Contract, readContract } from './contract.js';
import { ApiProblems } from '../common/api.decorators.js';
import { Metrics } from './metrics.js';
import { notFound } from '../common/problem.js';

const text = (type: string) => ApiOkResponse({ content: { [type]: { schema: { type: 'string' } } } });

@Public()
@ApiTags('operations')
@Controller()
export class OperationsController {
  private contract: Contract | undefined;

  constructor(
    private readonly environment: Environment,
    private readonly metrics: Metrics,
  ) {}

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @text('text/plain')
  @ApiProblems('not_found')
  async getMetrics(): Promise<string> {
    return this.environment.METRICS_ENABLED ? await this.metrics.text() : notFound();
  }

  @Get('openapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOkResponse({ content: { 'application/json': { schema: { type: 'object' } } } })
  getOpenapiJson(@Res({ passthrough: true }) reply: FastifyReply): Promise<string | Buffer> {
    return this.read().json.encodedFor(reply);
  }

  @Get('openapi.yaml')
  @Header('content-type', 'application/yaml; charset=utf-8')
  @text('application/yaml')
  getOpenapiYaml(@Res({ passthrough: true }) reply: FastifyReply): Promise<string | Buffer> {
    return this.read().yaml.encodedFor(reply);
  }

  /** Read once, at the first request. */
  private read(): Contract {
    return (this.contract ??= readContract());
  }
}
