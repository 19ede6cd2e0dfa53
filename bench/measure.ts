import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { vacuum } from './seed.js';
import { sendRequest, load, type Round } from './load.js';
import { distribute, type Operation } from './operations.js';
import type { Options } from './options.js';
import type { Server } from './servers.js';
import { processTreeSeconds, processSeconds } from './usage.js';

/** The results of one server over all rounds of an operation. */
export interface Figures {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** CPU time in milliseconds per request; null on platforms without /proc. */
  readonly ownCpu: number | null;
  readonly databaseCpu: number | null;
}

/** A server and the operation to measure on it. */
export interface Candidate {
  readonly server: Server;
  readonly client: Client;
  readonly operation: Operation;
  /** Starts a background load before every round; returns a function that stops it. */
  readonly background?: (() => Promise<() => void>) | undefined;
}

interface MeasuredRound extends Round {
  readonly ownCpu: number | undefined;
  readonly databaseCpu: number | undefined;
}

const WARM_UP_SECONDS = 1;
const TABLES = ['sessions', 'session_participants', 'time_logs'];

export class Measurement {
  constructor(
    private readonly postmaster: number,
    private readonly options: Pick<Options, 'connections' | 'rounds' | 'seconds'>,
    private readonly write: (text: string) => void,
  ) {}

  /** The candidates alternate, so that other load on the machine affects all of them equally. */
  async run<T extends readonly Candidate[]>(candidates: T): Promise<{ [K in keyof T]: Figures }> {
    const rounds = candidates.map((): MeasuredRound[] => []);
    await this.firstResponses(candidates);
    for (const candidate of candidates) await this.round(candidate, WARM_UP_SECONDS);
    for (let round = 0; round < this.options.rounds; round++) {
      for (const [i, candidate] of candidates.entries()) {
        const measured = await this.round(candidate, this.options.seconds);
        rounds[i]?.push(measured);
        this.write(`${i === 0 ? ' |' : ''} ${(measured.answers / measured.seconds).toFixed(0)}`);
      }
    }
    return rounds.map(summary) as { [K in keyof T]: Figures };
  }

  /** The response of each candidate to its first request. Throws with the response body on an error. */
  async firstResponses(candidates: readonly Candidate[]): Promise<string[]> {
    const responses: string[] = [];
    for (const candidate of candidates) {
      const { server, operation } = candidate;
      responses.push(await this.withUndo(candidate, () => sendRequest(server.url, operation.requests[0]!)));
    }
    return responses;
  }

  /** Sends one request per user, so that token verification and profile lookup are cached before measuring. */
  async signIn(server: Server, operation: Operation): Promise<void> {
    const lists = distribute(operation, this.options.connections);
    await load({ url: server.url, lists, seconds: 60, maxRequests: operation.requests.length });
  }

  private async round(candidate: Candidate, seconds: number): Promise<MeasuredRound> {
    const { server, operation } = candidate;
    const lists = distribute(operation, this.options.connections);
    const maxRequests = operation.maxRepeats && operation.requests.length * (operation.maxRepeats - 1);
    return this.withUndo(candidate, async () => {
      const before = await this.cpuSeconds(server);
      const round = await load({ url: server.url, lists, seconds, maxRequests }).catch((cause: unknown) => {
        throw new Error(`${operation.name}, ${server.name}: ${(cause as Error).message}`, { cause });
      });
      const after = await this.cpuSeconds(server);
      return {
        ...round,
        ownCpu: difference(before.own, after.own),
        databaseCpu: difference(before.database, after.database),
      };
    });
  }

  /** Runs `work` and undoes its changes. Triggers are disabled for the writes of the lean server. */
  private async withUndo<T>({ server, client, operation, background }: Candidate, work: () => Promise<T>): Promise<T> {
    const { undo } = operation;
    const setTriggers = async (action: 'ENABLE' | 'DISABLE'): Promise<void> => {
      if (!undo || server.name === 'API') return;
      await client.query(TABLES.map((table) => `ALTER TABLE ${table} ${action} TRIGGER USER`).join(';'));
    };
    await setTriggers('DISABLE');
    const stopBackground = await background?.();
    const result = await work();
    stopBackground?.();
    await waitUntilIdle(client);
    await setTriggers('ENABLE');
    if (undo) {
      await client.query(undo.sql);
      await vacuum(client, undo.tables);
    }
    return result;
  }

  private async cpuSeconds({ pid }: Server) {
    return { own: await processSeconds(pid), database: await processTreeSeconds(this.postmaster) };
  }
}

/** Waits until the queries that were running at the end of the round have finished. */
async function waitUntilIdle(client: Client): Promise<void> {
  const busy = `SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND state <> 'idle'
                   AND pid <> pg_backend_pid()`;
  do await sleep(100);
  while ((await client.query(busy)).rowCount !== 0);
}

function difference(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : after - before;
}

function summary(rounds: MeasuredRound[]): Figures {
  const rates = rounds.map(({ answers, seconds }) => answers / seconds).sort(ascending);
  const latencies = rounds.flatMap((round) => round.latencies).sort(ascending);
  const perAnswer = (of: 'ownCpu' | 'databaseCpu'): number | null =>
    rounds.some((round) => round[of] === undefined)
      ? null
      : (rounds.reduce((total, round) => total + (round[of] ?? 0), 0) / latencies.length) * 1e3;
  return {
    perSecond: quantile(rates, 0.5),
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    ownCpu: perAnswer('ownCpu'),
    databaseCpu: perAnswer('databaseCpu'),
  };
}

const ascending = (a: number, b: number): number => a - b;

function quantile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
