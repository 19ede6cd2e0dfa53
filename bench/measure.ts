import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { settle } from './fill.js';
import { askOnce, load, type Round } from './load.js';
import { deal, type Operation } from './operations.js';
import type { Options } from './options.js';
import type { Server } from './servers.js';
import { familySeconds, processSeconds } from './usage.js';

/** What one server did in all rounds of an operation. */
export interface Figures {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of processor time a request; undefined on machines that do not tell. */
  readonly ownCpu: number | undefined;
  readonly databaseCpu: number | undefined;
}

/** A server, or the same server with another set of asks. */
export interface Contestant {
  readonly server: Server;
  readonly operation: Operation;
}

interface Observed extends Round {
  readonly ownCpu: number | undefined;
  readonly databaseCpu: number | undefined;
}

const WARM_UP_SECONDS = 1;

export class Race {
  constructor(
    private readonly client: Client,
    private readonly postmaster: number,
    private readonly options: Pick<Options, 'connections' | 'rounds' | 'seconds'>,
  ) {}

  /** Contestants take turns, so that whatever else the machine does falls on all of them alike. */
  async run<T extends readonly Contestant[]>(contestants: T): Promise<{ [K in keyof T]: Figures }> {
    const rounds = contestants.map((): Observed[] => []);
    for (const contestant of contestants) {
      await askOnce(contestant.server.url, contestant.operation.asks[0]!);
      await this.round(contestant, WARM_UP_SECONDS);
    }
    for (let round = 0; round < this.options.rounds; round++) {
      for (const [i, contestant] of contestants.entries()) {
        rounds[i]?.push(await this.round(contestant, this.options.seconds));
      }
    }
    return rounds.map(summary) as { [K in keyof T]: Figures };
  }

  /** Everybody once: tokens are verified and profiles found before anything is measured. */
  async signIn(server: Server, operation: Operation): Promise<void> {
    const lists = deal(operation, this.options.connections);
    await load({ url: server.url, lists, seconds: 60, most: operation.asks.length });
  }

  private async round({ server, operation }: Contestant, seconds: number): Promise<Observed> {
    const lists = deal(operation, this.options.connections);
    const most = operation.atMost && operation.asks.length * (operation.atMost - 1);
    const before = await this.used(server);
    const round = await load({ url: server.url, lists, seconds, most }).catch((cause: unknown) => {
      throw new Error(`${operation.name}, ${server.name}: ${(cause as Error).message}`, { cause });
    });
    const after = await this.used(server);
    await this.quiet();
    if (operation.undo) {
      await this.client.query(operation.undo.sql);
      await settle(this.client, operation.undo.tables);
    }
    return {
      ...round,
      ownCpu: difference(before.own, after.own),
      databaseCpu: difference(before.database, after.database),
    };
  }

  /** Waits for what was still under way when the round ended. */
  private async quiet(): Promise<void> {
    const busy = `SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND state <> 'idle'
                     AND pid <> pg_backend_pid()`;
    do await sleep(100);
    while ((await this.client.query(busy)).rowCount !== 0);
  }

  private async used({ pid }: Server) {
    return { own: await processSeconds(pid), database: await familySeconds(this.postmaster) };
  }
}

function difference(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : after - before;
}

function summary(rounds: Observed[]): Figures {
  const rates = rounds.map(({ answers, seconds }) => answers / seconds).sort(ascending);
  const latencies = rounds.flatMap((round) => round.latencies).sort(ascending);
  const perAnswer = (of: 'ownCpu' | 'databaseCpu'): number | undefined =>
    rounds.some((round) => round[of] === undefined)
      ? undefined
      : (rounds.reduce((total, round) => total + (round[of] ?? 0), 0) / latencies.length) * 1e6;
  return {
    perSecond: at(rates, 0.5),
    p50: at(latencies, 0.5),
    p99: at(latencies, 0.99),
    ownCpu: perAnswer('ownCpu'),
    databaseCpu: perAnswer('databaseCpu'),
  };
}

const ascending = (a: number, b: number): number => a - b;

function at(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
