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
  /** Milliseconds of processor time a request; null on machines that do not tell. */
  readonly ownCpu: number | null;
  readonly databaseCpu: number | null;
}

/** A server on a database, and what it is asked. */
export interface Contestant {
  readonly server: Server;
  readonly client: Client;
  readonly operation: Operation;
  /** Begins what is to go on during every round; returns its end. */
  readonly meanwhile?: (() => Promise<() => void>) | undefined;
}

interface Observed extends Round {
  readonly ownCpu: number | undefined;
  readonly databaseCpu: number | undefined;
}

const WARM_UP_SECONDS = 1;
const TABLES = ['sessions', 'session_participants', 'time_logs'];

export class Race {
  constructor(
    private readonly postmaster: number,
    private readonly options: Pick<Options, 'connections' | 'rounds' | 'seconds'>,
    private readonly say: (text: string) => void,
  ) {}

  /** Contestants take turns, so that whatever else the machine does falls on all of them alike. */
  async run<T extends readonly Contestant[]>(contestants: T): Promise<{ [K in keyof T]: Figures }> {
    const rounds = contestants.map((): Observed[] => []);
    await this.answers(contestants);
    for (const contestant of contestants) await this.round(contestant, WARM_UP_SECONDS);
    for (let round = 0; round < this.options.rounds; round++) {
      for (const [i, contestant] of contestants.entries()) {
        const seen = await this.round(contestant, this.options.seconds);
        rounds[i]?.push(seen);
        this.say(`${i === 0 ? ' |' : ''} ${(seen.answers / seen.seconds).toFixed(0)}`);
      }
    }
    return rounds.map(summary) as { [K in keyof T]: Figures };
  }

  /** What each answers to its first request; a refusal is shown with its reason. */
  async answers(contestants: readonly Contestant[]): Promise<string[]> {
    const answers: string[] = [];
    for (const contestant of contestants) {
      const { server, operation } = contestant;
      answers.push(await this.prepared(contestant, () => askOnce(server.url, operation.asks[0]!)));
    }
    return answers;
  }

  /** Everybody once: tokens are verified and profiles found before anything is measured. */
  async signIn(server: Server, operation: Operation): Promise<void> {
    const lists = deal(operation, this.options.connections);
    await load({ url: server.url, lists, seconds: 60, most: operation.asks.length });
  }

  private async round(contestant: Contestant, seconds: number): Promise<Observed> {
    const { server, operation } = contestant;
    const lists = deal(operation, this.options.connections);
    const most = operation.atMost && operation.asks.length * (operation.atMost - 1);
    return this.prepared(contestant, async () => {
      const before = await this.used(server);
      const round = await load({ url: server.url, lists, seconds, most }).catch((cause: unknown) => {
        throw new Error(`${operation.name}, ${server.name}: ${(cause as Error).message}`, { cause });
      });
      const after = await this.used(server);
      return {
        ...round,
        ownCpu: difference(before.own, after.own),
        databaseCpu: difference(before.database, after.database),
      };
    });
  }

  /** Sets the tables up for a server, and undoes what it did. The lean server's writes run without the product's triggers. */
  private async prepared<T>({ server, client, operation, meanwhile }: Contestant, work: () => Promise<T>): Promise<T> {
    const { undo } = operation;
    const triggers = async (does: 'ENABLE' | 'DISABLE'): Promise<void> => {
      if (!undo || server.name === 'API') return;
      await client.query(TABLES.map((table) => `ALTER TABLE ${table} ${does} TRIGGER USER`).join(';'));
    };
    await triggers('DISABLE');
    const end = await meanwhile?.();
    const result = await work();
    end?.();
    await quiet(client);
    await triggers('ENABLE');
    if (undo) {
      await client.query(undo.sql);
      await settle(client, undo.tables);
    }
    return result;
  }

  private async used({ pid }: Server) {
    return { own: await processSeconds(pid), database: await familySeconds(this.postmaster) };
  }
}

/** Waits for what was still under way when the round ended. */
async function quiet(client: Client): Promise<void> {
  const busy = `SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND state <> 'idle'
                   AND pid <> pg_backend_pid()`;
  do await sleep(100);
  while ((await client.query(busy)).rowCount !== 0);
}

function difference(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : after - before;
}

function summary(rounds: Observed[]): Figures {
  const rates = rounds.map(({ answers, seconds }) => answers / seconds).sort(ascending);
  const latencies = rounds.flatMap((round) => round.latencies).sort(ascending);
  const perAnswer = (of: 'ownCpu' | 'databaseCpu'): number | null =>
    rounds.some((round) => round[of] === undefined)
      ? null
      : (rounds.reduce((total, round) => total + (round[of] ?? 0), 0) / latencies.length) * 1e3;
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
