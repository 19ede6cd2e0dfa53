import type { LoggerService } from '@nestjs/common';

/**
 * Logs the beginning of an outage, once for each kind of failure, and its end, however much fails meanwhile. It ends when
 * something succeeds `quietMs` after the last failure, and has lasted until that failure.
 */
export class Outage {
  private readonly kinds = new Set<string>();
  private startedAt = 0;
  private failedAt = 0;
  private failures = 0;

  constructor(
    private readonly logger: LoggerService,
    private readonly beginning: string,
    private readonly end: string,
    private readonly quietMs = 0,
  ) {}

  failed(reason: string, kind = '', fields: object = {}): void {
    this.failedAt = Date.now();
    this.failures++;
    if (this.kinds.has(kind)) return;
    if (this.kinds.size === 0) this.startedAt = this.failedAt;
    this.kinds.add(kind);
    this.logger.error(fields, `${this.beginning}: ${reason}`);
  }

  succeeded(): void {
    if (this.kinds.size === 0 || Date.now() - this.failedAt < this.quietMs) return;
    const seconds = Math.ceil((this.failedAt - this.startedAt) / 1_000);
    this.logger.log(`${this.end} after ${seconds} s, ${this.failures} failures`);
    this.kinds.clear();
    this.failures = 0;
  }
}
