import { Injectable, Logger } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as after } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Pool, PoolClient } from 'pg';
import { Problem } from '../common/problem.js';
import { ANY_GROUP, ChangeNotifier } from './change-notifier.js';
import { Outage } from '../common/outage.js';
import {
  isLockTimeout,
  isRefusal,
  isTransient,
  isUnavailable,
  reasonOf,
  toProblem,
  unavailable,
} from './database-errors.js';
import { DatabaseMetrics } from './database-metrics.js';
import { Semaphore } from './semaphore.js';
import { Tracing } from '../server/tracing.js';
import { BEGIN, BEGIN_LOCK_RETRY, LOCK_TURN_MS } from './timeouts.js';

/** A named statement: PostgreSQL parses and plans it once in each connection. */
export interface Statement<Parameters extends readonly unknown[], Row> {
  readonly name: string;
  readonly text: string;
  /** Never set; carries the types of the parameters and of a row. */
  readonly types?: (parameters: Parameters) => Row;
}

export function statement<Parameters extends readonly unknown[], Row>(
  name: string,
  text: string,
): Statement<Parameters, Row> {
  return { name, text };
}

const ATTEMPTS = 4;

/** Between attempts: the transaction that won has time to finish. */
const RETRY_DELAY_MS = 20;

/** The SQLSTATE of notices by notify_race_changed(); their detail is the id of a group whose race has changed. */
const RACE_CHANGED = 'LKCHG';

/** Requests fail and succeed by turns while the database is overloaded or refuses writes. */
const QUIET_MS = 10_000;

/** The share of the pool that may wait for locks at the same time. */
const LOCK_WAITERS = 1 / 3;

type Work<T> = (client: PoolClient) => Promise<T>;

/**
 * Runs named statements. A request has one or two of them, each in a transaction of its own unless inTransaction() joins
 * them.
 */
@Injectable()
export class Database {
  private readonly outage = new Outage(
    new Logger(Database.name),
    'database unavailable',
    'database available again',
    QUIET_MS,
  );
  private pool: Pool | undefined;
  /** The connection of the calling code's transaction. */
  private readonly transactionClient = new AsyncLocalStorage<PoolClient>();
  private readonly lockWaiters: Semaphore;

  constructor(
    private readonly orm: MikroORM,
    private readonly changes: ChangeNotifier,
    private readonly metrics: DatabaseMetrics,
    private readonly tracing: Tracing,
  ) {
    const connections = orm.config.get('pool').max ?? 1;
    this.lockWaiters = new Semaphore(Math.max(1, Math.floor(connections * LOCK_WAITERS)), LOCK_TURN_MS);
  }

  async first<P extends readonly unknown[], R>(statement: Statement<P, R>, ...parameters: P): Promise<R | undefined> {
    return (await this.all(statement, ...parameters))[0];
  }

  /** For statements that always return a row, as functions and aggregates do. */
  async one<P extends readonly unknown[], R>(statement: Statement<P, R>, ...parameters: P): Promise<R> {
    const [row] = await this.all(statement, ...parameters);
    if (row === undefined) throw new Error(`${statement.name} answered no row`);
    return row;
  }

  /** Errors of the database become problems; within inTransaction(), only at its end. */
  async all<P extends readonly unknown[], R>(statement: Statement<P, R>, ...parameters: P): Promise<R[]> {
    const client = this.transactionClient.getStore();
    if (client !== undefined) return this.run(client, statement, parameters);
    const work = (own: PoolClient): Promise<R[]> => this.run(own, statement, parameters);
    return this.execute(work, work);
  }

  /**
   * Runs the statements of `work` in one transaction on one connection, and commits unless `work` throws. After a
   * deadlock, a serialization failure or a lock timeout, all of `work` runs again, so it must have no other effects.
   */
  async inTransaction<T>(work: () => Promise<T>): Promise<T> {
    const inside = (client: PoolClient): Promise<T> => this.transactionClient.run(client, work);
    return this.execute((client) => transact(client, BEGIN, () => inside(client)), inside);
  }

  /**
   * `quick` waits only briefly for locks. After a lock timeout, `work` runs in a transaction that waits longer; their
   * number is limited, so that one locked row leaves most of the pool to other requests.
   */
  private async execute<T>(quick: Work<T>, work: Work<T>): Promise<T> {
    try {
      return await this.withRetry(quick);
    } catch (error) {
      if (!isLockTimeout(error)) throw this.problemOf(error);
    }
    const patient = (client: PoolClient): Promise<T> => transact(client, BEGIN_LOCK_RETRY, () => work(client));
    const queueFull = (): Problem => {
      this.outage.failed('too many requests wait for locks', 'locks');
      return unavailable();
    };
    return this.lockWaiters
      .run(() => this.withRetry(patient), queueFull)
      .catch((error: unknown) => Promise.reject(this.problemOf(error) as Error));
  }

  /** Also logs what keeps the database from answering. */
  private problemOf(error: unknown): unknown {
    if (isUnavailable(error)) this.outage.failed(reasonOf(error), (error as { code?: string }).code);
    return toProblem(error);
  }

  /** Retries after a deadlock or a serialization failure. */
  private async withRetry<T>(work: Work<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.withClient(work);
      } catch (error) {
        if (attempt === ATTEMPTS || !isTransient(error)) throw error;
        await after(RETRY_DELAY_MS * attempt * (1 + Math.random()));
      }
    }
  }

  /**
   * `pool.query` closes the connection after every error, and loses the plans of its statements. Changes are notified when
   * `work` has ended, also after an error: a needless notification does no harm.
   */
  private async withClient<T>(work: Work<T>): Promise<T> {
    const client = await this.connect();
    // A broken connection also emits 'error', which ends the process if there is no listener.
    let broken: Error | undefined;
    const onError = (error: Error): void => void (broken ??= error);
    const changed: string[] = [];
    const onNotice = ({ code, detail = ANY_GROUP }: { code?: string; detail?: string }): void => {
      if (code === RACE_CHANGED) changed.push(detail);
    };
    client.on('error', onError).on('notice', onNotice);
    let intact = true;
    try {
      const result = await work(client);
      this.outage.succeeded();
      return result;
    } catch (error) {
      intact = error instanceof Problem || isRefusal(error);
      // The transaction may have been committed, and its notices lost.
      if (!intact) changed.push(ANY_GROUP);
      // Later statements on a broken connection only report that they cannot be sent.
      throw broken ?? error;
    } finally {
      client.off('error', onError).off('notice', onNotice);
      client.release(broken ?? !intact);
      this.changes.notify(changed);
    }
  }

  private async connect(): Promise<PoolClient> {
    const pool = (this.pool ??= await this.openPool());
    try {
      return await this.metrics.connection(() => pool.connect());
    } catch (error) {
      this.outage.failed(reasonOf(error), 'connection');
      throw unavailable();
    }
  }

  private async openPool(): Promise<Pool> {
    const pool: Pool = await this.orm.em.getConnection().getNativeClient();
    this.metrics.watchPool(pool);
    return pool;
  }

  private run<P extends readonly unknown[], R>(
    client: PoolClient,
    statement: Statement<P, R>,
    values: P,
  ): Promise<R[]> {
    const { name } = statement;
    return this.tracing.statement(name, () => this.metrics.statement(name, () => run(client, statement, values)));
  }
}

async function run<P extends readonly unknown[], R>(
  client: PoolClient,
  { name, text }: Statement<P, R>,
  values: P,
): Promise<R[]> {
  try {
    const { rows } = await client.query({ name, text, values: values as unknown as unknown[] });
    return rows as R[];
  } catch (error) {
    throw Object.assign(error as Error, { statement: name });
  }
}

async function transact<T>(client: PoolClient, begin: string, work: () => Promise<T>): Promise<T> {
  await client.query(begin);
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // After any other error the connection is closed, which rolls back; ROLLBACK could hang on a silent server.
    if (error instanceof Problem || isRefusal(error)) await client.query('ROLLBACK');
    throw error;
  }
}
