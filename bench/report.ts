import type { Figures } from './measure.js';

/** What the API is to reach of the bare server's speed. */
const GOAL = 0.7;
const MEMORY_GOAL_MB = 250;

const columns: [title: string, width: number][] = [
  ['', 17],
  ['API req/s', 9],
  ['bare req/s', 10],
  ['ratio', 5],
  ['API p50/p99 ms', 14],
  ['bare p50/p99 ms', 15],
  ['API µs CPU', 10],
  ['bare µs CPU', 11],
  ['PostgreSQL µs CPU', 17],
];

const say = (line: string): void => console.log(line);

function row(cells: string[]): void {
  const padded = cells.map((cell, i) =>
    i === 0 ? cell.padEnd(columns[i]?.[1] ?? 0) : cell.padStart(columns[i]?.[1] ?? 0),
  );
  say(`| ${padded.join(' | ')} |`);
}

export function printHead(): void {
  row(columns.map(([title]) => title));
  row(columns.map(([, width], i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)));
}

/** One line of the table; answers the ratio. */
export function printOperation(name: string, api: Figures, bare: Figures): number {
  const ratio = api.perSecond / bare.perSecond;
  const latency = ({ p50, p99 }: Figures): string => `${p50.toFixed(1)} / ${p99.toFixed(1)}`;
  const whole = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(0));
  row([
    name,
    whole(api.perSecond),
    whole(bare.perSecond),
    ratio.toFixed(2),
    latency(api),
    latency(bare),
    whole(api.ownCpu),
    whole(bare.ownCpu),
    `${whole(api.databaseCpu)} / ${whole(bare.databaseCpu)}`,
  ]);
  return ratio;
}

export function printHistory(usual: Figures, tenfold: Figures): void {
  say(
    `Progress of 20 on the API: ${usual.perSecond.toFixed(0)} req/s with the usual history, ` +
      `${tenfold.perSecond.toFixed(0)} with ten times as much: ${(tenfold.perSecond / usual.perSecond).toFixed(2)}`,
  );
}

export function printMemory(memory: { now: number; most: number } | undefined): void {
  if (!memory) return;
  const verdict = memory.most < MEMORY_GOAL_MB ? 'under' : 'NOT under';
  say(
    `Memory of the API: ${memory.now.toFixed(0)} MB at the end, ${memory.most.toFixed(0)} MB at most: ` +
      `${verdict} ${MEMORY_GOAL_MB} MB`,
  );
}

export function printVerdict(ratios: Map<string, number>): void {
  const below = [...ratios].filter(([, ratio]) => ratio < GOAL).map(([name]) => name);
  say(below.length === 0 ? `At least ${GOAL} of the bare server everywhere.` : `Below ${GOAL}: ${below.join(', ')}.`);
}
