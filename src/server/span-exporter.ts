import type { LoggerService } from '@nestjs/common';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  type Resource,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';

const WARNING_INTERVAL_MS = 60_000;

/** Sends spans to a collector as OTLP over HTTP in JSON, and logs at most once a minute that it cannot. */
export class SpanExporter extends OTLPTraceExporter {
  private warnedAt = -Infinity;

  constructor(
    collector: string,
    private readonly logger: LoggerService,
  ) {
    super({ url: `${collector}/v1/traces` });
  }

  override export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    super.export(spans, (result) => {
      if (result.code === ExportResultCode.FAILED) this.warn(result.error);
      done(result);
    });
  }

  private warn(error: Error | undefined): void {
    if (performance.now() - this.warnedAt < WARNING_INTERVAL_MS) return;
    this.warnedAt = performance.now();
    this.logger.warn(`Cannot send traces to the collector: ${error?.message ?? 'no answer'}`);
  }
}

/** What the spans come from; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES add to it. */
export function resource(): Resource {
  return defaultResource()
    .merge(resourceFromAttributes({ [ATTR_SERVICE_NAME]: 'lockin-api' }))
    .merge(detectResources({ detectors: [serviceNameEnvDetector, resourceAttributesEnvDetector] }));
}
