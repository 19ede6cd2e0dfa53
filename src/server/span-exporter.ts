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
import { Outage } from '../common/outage.js';

/** Sends spans to a collector as OTLP over HTTP in JSON. */
export class SpanExporter extends OTLPTraceExporter {
  private readonly outage: Outage;

  constructor(collector: string, logger: LoggerService) {
    super({ url: `${collector}/v1/traces` });
    this.outage = new Outage(logger, 'traces cannot be sent', 'traces are sent again');
  }

  override export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    super.export(spans, (result) => {
      if (result.code === ExportResultCode.FAILED) this.outage.failed(result.error?.message ?? 'no answer');
      else this.outage.succeeded();
      done(result);
    });
  }
}

/** What the spans come from; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES add to it. */
export function resource(): Resource {
  return defaultResource()
    .merge(resourceFromAttributes({ [ATTR_SERVICE_NAME]: 'lockin-api' }))
    .merge(detectResources({ detectors: [serviceNameEnvDetector, resourceAttributesEnvDetector] }));
}
