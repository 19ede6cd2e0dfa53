import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { problemCodes, type ProblemCode } from '../common/problem.js';
import { Environment } from '../config/environment.js';

const BUCKETS_IN_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Of delays of jobs, which are due each minute. */
const DELAY_BUCKETS_IN_SECONDS = [0.1, 0.5, 1, 5, 15, 30, 60, 120];

/** Prometheus metrics of the process, requests, jobs and streams (docs/operations.md); DatabaseMetrics adds its own. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  readonly enabled: boolean;
  private readonly durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last byte of its response.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_IN_SECONDS,
    registers: [this.registry],
  });
  private readonly problems = new Counter({
    name: 'lockin_problems_total',
    help: 'Requests that were refused or failed, by the code of the problem.',
    labelNames: ['code', 'status'],
    registers: [this.registry],
  });

  private readonly jobs = new Histogram({
    name: 'lockin_job_duration_seconds',
    help: 'Time that a scheduled job takes in the process that runs it; its count is the number of runs.',
    labelNames: ['name'],
    buckets: BUCKETS_IN_SECONDS,
    registers: [this.registry],
  });
  private readonly jobFailures = new Counter({
    name: 'lockin_job_failures_total',
    help: 'Runs of a scheduled job that failed; the next minute tries again.',
    labelNames: ['name'],
    registers: [this.registry],
  });

  private readonly jobDelays = new Histogram({
    name: 'lockin_job_delay_seconds',
    help: 'Time from the minute in which a job is due to its claim by this process.',
    labelNames: ['name'],
    buckets: DELAY_BUCKETS_IN_SECONDS,
    registers: [this.registry],
  });
  private readonly jobSuccesses = new Gauge({
    name: 'lockin_job_last_success_timestamp_seconds',
    help: 'When this process last completed a job; the latest of all processes counts. Absent before the first time.',
    labelNames: ['name'],
    registers: [this.registry],
  });

  private readonly streams = new Gauge({
    name: 'lockin_live_streams',
    help: 'Streams of races that are open in this process.',
    registers: [this.registry],
  });
  private readonly raceReads = new Counter({
    name: 'lockin_live_race_reads_total',
    help: 'Races read for watchers: one for each change, however many watch.',
    registers: [this.registry],
  });

  constructor({ METRICS_ENABLED }: Environment) {
    this.enabled = METRICS_ENABLED;
    if (METRICS_ENABLED) collectDefaultMetrics({ register: this.registry });
    for (const [code, { status }] of Object.entries(problemCodes)) this.problems.inc({ code, status }, 0);
  }

  observe(method: string, route: string, status: number, milliseconds: number): void {
    this.durations.observe({ method, route, status }, milliseconds / 1_000);
  }

  observeProblem(code: ProblemCode, status: number): void {
    this.problems.inc({ code, status });
  }

  /** Creates the series of a job before its first run. */
  expectJob(job: string): void {
    this.jobs.zero({ name: job });
    this.jobDelays.zero({ name: job });
    this.jobFailures.inc({ name: job }, 0);
  }

  observeJobClaim(job: string, delayMilliseconds: number): void {
    this.jobDelays.observe({ name: job }, delayMilliseconds / 1_000);
  }

  observeJob(job: string, milliseconds: number, failed: boolean): void {
    this.jobs.observe({ name: job }, milliseconds / 1_000);
    if (failed) this.jobFailures.inc({ name: job });
    else this.jobSuccesses.setToCurrentTime({ name: job });
  }

  observeStreams(open: number): void {
    this.streams.set(open);
  }

  observeRaceRead(): void {
    this.raceReads.inc();
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }
}
