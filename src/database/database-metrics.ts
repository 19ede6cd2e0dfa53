import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { Gauge, Histogram, type Registry } from 'prom-client';
import { Environment } from '../config/environment.js';
import { Metrics } from '../server/metrics.js';

/** Few: there is a histogram for each statement. */
const STATEMENT_BUCKETS_IN_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5];
const BUCKETS_IN_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30];

type PoolState = Pick<Pool, 'totalCount' | 'idleCount' | 'waitingCount'>;

/** Prometheus metrics of the pool, statements and notifications. Unless METRICS_ENABLED, nothing is measured. */
@Injectable()
export class DatabaseMetrics {
  private readonly waits: Histogram;
  private readonly statements: Histogram<'statement'>;
  private readonly lags: Histogram;
  private pool: PoolState = { totalCount: 0, idleCount: 0, waitingCount: 0 };
  private isConnected = (): boolean => false;

  constructor(
    private readonly metrics: Metrics,
    { DATABASE_POOL_MAX }: Environment,
  ) {
    const registers = [metrics.registry];
    this.waits = new Histogram({
      name: 'lockin_pool_wait_seconds',
      help: 'Time until a connection of the pool was free or opened, or until that failed.',
      buckets: BUCKETS_IN_SECONDS,
      registers,
    });
    this.statements = new Histogram({
      name: 'lockin_statement_duration_seconds',
      help: 'Time from a named statement to its result or error.',
      labelNames: ['statement'],
      buckets: STATEMENT_BUCKETS_IN_SECONDS,
      registers,
    });
    this.lags = new Histogram({
      name: 'lockin_notification_lag_seconds',
      help: 'Time from the commit of a change by this process to the arrival of its notification at this process.',
      buckets: BUCKETS_IN_SECONDS,
      registers,
    });
    addPoolGauges(metrics.registry, () => this.pool, DATABASE_POOL_MAX);
    addGauge(
      metrics.registry,
      'lockin_listener_connected',
      'Whether notifications arrive at this process: 1 or 0.',
      () => Number(this.isConnected()),
    );
  }

  watchPool(pool: PoolState): void {
    this.pool = pool;
  }

  watchListener(isConnected: () => boolean): void {
    this.isConnected = isConnected;
  }

  connection<T>(work: () => Promise<T>): Promise<T> {
    return this.metrics.enabled ? timed(this.waits, work) : work();
  }

  statement<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.metrics.enabled ? timed(this.statements.labels(name), work) : work();
  }

  /** Changes whose notification has arrived, by when they were committed, in milliseconds of `performance.now()`. */
  observeNotified(committedAt: Iterable<number>): void {
    if (!this.metrics.enabled) return;
    const now = performance.now();
    for (const at of committedAt) this.lags.observe((now - at) / 1_000);
  }
}

function addPoolGauges(registry: Registry, pool: () => PoolState, limit: number): void {
  new Gauge({
    name: 'lockin_pool_connections',
    help: 'Connections of the pool, by whether a request or a job uses them.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { totalCount, idleCount } = pool();
      this.set({ state: 'in_use' }, totalCount - idleCount);
      this.set({ state: 'idle' }, idleCount);
    },
  });
  addGauge(registry, 'lockin_pool_connections_limit', 'DATABASE_POOL_MAX.', () => limit);
  addGauge(
    registry,
    'lockin_pool_waiting',
    'Requests and jobs that wait for a connection of the pool.',
    () => pool().waitingCount,
  );
}

/** A gauge that is read at each scrape. */
function addGauge(registry: Registry, name: string, help: string, value: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(value());
    },
  });
}

async function timed<T>(histogram: { observe(seconds: number): void }, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  try {
    return await work();
  } finally {
    histogram.observe((performance.now() - startedAt) / 1_000);
  }
}
