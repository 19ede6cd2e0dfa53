import type { Figures } from './measure.js';
import type { Comparison, Grown } from './results.js';

/** The maximum ratio of p50 (large to small) that counts as flat. */
export const FLAT = 1.5;

/** A Markdown table; the first column is left-aligned, the others right-aligned. */
export function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const whole = (value: number): string => value.toFixed(0);
const ms = (value: number | null): string => (value === null ? '-' : value.toFixed(2));
const cpu = ({ ownCpu, databaseCpu }: Figures): string => `${ms(ownCpu)} + ${ms(databaseCpu)}`;
const latency = ({ p50, p99 }: Figures): string => `${p50.toFixed(1)} / ${p99.toFixed(1)}`;

export function cpuOf({ ownCpu, databaseCpu }: Figures): number | null {
  return ownCpu === null || databaseCpu === null ? null : ownCpu + databaseCpu;
}

function cpuRatio({ api, lean }: Comparison): string {
  const [of, by] = [cpuOf(lean), cpuOf(api)];
  return of === null || by === null ? '-' : (of / by).toFixed(2);
}

/** The short table of README.md. */
export function shortTable(comparisons: readonly Comparison[]): string {
  return table(
    ['', 'requests/s', 'p50 ms', 'CPU ratio'],
    comparisons.map((comparison) => {
      const { name, api } = comparison;
      return [name, whole(api.perSecond), api.p50.toFixed(1), cpuRatio(comparison)];
    }),
  );
}

export function comparisonTable(comparisons: readonly Comparison[]): string {
  return table(
    [
      '',
      'API req/s',
      'lean req/s',
      'ratio',
      'API CPU ms',
      'lean CPU ms',
      'CPU ratio',
      'API p50 / p99 ms',
      'lean p50 / p99 ms',
    ],
    comparisons.map((comparison) => {
      const { name, api, lean } = comparison;
      const ratio = (api.perSecond / lean.perSecond).toFixed(2);
      const cells = [whole(api.perSecond), whole(lean.perSecond), ratio, cpu(api), cpu(lean), cpuRatio(comparison)];
      return [name, ...cells, latency(api), latency(lean)];
    }),
  );
}

export function growthTable(growth: readonly Grown[]): string {
  return table(
    ['', 'p50 small ms', 'p50 large ms', 'ratio', 'CPU small ms', 'CPU large ms', ''],
    growth.map(({ name, small, large }) => {
      const ratio = large.p50 / small.p50;
      const mark = ratio > FLAT ? `above ${FLAT}` : '';
      return [name, small.p50.toFixed(1), large.p50.toFixed(1), ratio.toFixed(2), cpu(small), cpu(large), mark];
    }),
  );
}
