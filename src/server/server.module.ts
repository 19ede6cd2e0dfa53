import { Global, Module } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { GracefulShutdown } from './graceful-shutdown.js';
import { Metrics } from './metrics.js';
import { OperationsController } from './operations.controller.js';
import { Tracing } from './tracing.js';

/** OpenTelemetry is loaded only if there is a collector. */
const tracing = {
  provide: Tracing,
  inject: [Environment],
  useFactory: async (environment: Environment): Promise<Tracing> => {
    const { OTEL_EXPORTER_OTLP_ENDPOINT: collector } = environment;
    if (collector === undefined) return new Tracing();
    const { OpenTelemetry } = await import('./opentelemetry.js');
    return new OpenTelemetry(environment, collector);
  },
};

@Global()
@Module({
  controllers: [OperationsController],
  providers: [GracefulShutdown, Metrics, tracing],
  exports: [GracefulShutdown, Metrics, Tracing],
})
export class ServerModule {}
