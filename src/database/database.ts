import { Injectable } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as after } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Pool, PoolClient } from 'pg';
import { Problem } from '../http/problem.js';
import { isRefusal, isTransient, toProblem } from './problems.js';

/** SQL with a name of its own, so that PostgreSQL parses and plans it once a connection. */
export interface Statement<Parameters extends readonly unknown[], Row> {
  readonly name: string;
  readonly text: string;
  /** Never set: they carry the types of the parameters and of a row. */
  readonly types?: (parameters: Parameters) => Row;
}

export function statement<Parameters extends readonly unknown[], Row>(
  name: string,
  text: string,
): Statement<Parameters, Row> {
  return { name, text };
}

const ATTEMPTS = 4;

/** Between attempts, so that whoever won goes first and is not met again. */
const PAUSE_MS = 20;

/** Whoever stops in the middle of a transaction gives up its locks; PostgreSQL ends the connection. */
const BEGIN = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '10s'";

/**
 * The one door to PostgreSQL: every request goes through one or two named statements, each its own transaction unless
 * they are run in one together.
 */
@Injectable()
export class Database {
  private pool: Pool | undefined;
  /** The connection of the transaction that the code which asks is part of. */
  private readonly lent = new AsyncLocalStorage<PoolClient>();

  constructor(private readonly orm: MikroORM) {}

  async first<P extends readonly unknown[], R>(statement: Statement<P, R>, ...parameters: P): Promise<R | undefined> {
    return (await this.all(statement, ...parameters))[0];
  }

  /** For what always answers a row, as functions and aggregates do. */
  async one<P extends readonly unknown[], R>(statement: Statement<P, R>, ...parameters: P): Promise<R> {
    const [row] = await this.all(statement, ...parameters);
    if (row === undefined) throw new Error(`${statement.name} answered no row`);
    return row;
  }

  /** Refusals become problems; of a transaction, where all of it ends. */
  async all<P extends readonly unknown[], R>(statement: Statement<P, R>, ...parameters: P): Promise<R[]> {
    const client = this.lent.getStore();
    if (client !== undefined) return run(client, statement, parameters);
    return persistently(() => this.borrow((own) => run(own, statement, parameters)));
  }

  /**
   * Runs the statements of `work` in one transaction, on one connection, and commits it unless `work` throws. What loses
   * to a deadlock or a serialisation failure runs again as a whole, so `work` has no other effect than its statements'.
   */
  async inTransaction<T>(work: () => Promise<T>): Promise<T> {
    return persistently(() => this.borrow((client) => this.lent.run(client, () => transact(client, work))));
  }

  /** `pool.query` would close the connection at every refusal, and lose with it the plans of all statements. */
  private async borrow<T>(use: (client: PoolClient) => Promise<T>): Promise<T> {
    this.pool ??= await this.orm.em.getConnection().getNativeClient();
    const client = await this.pool.connect();
    // A connection that breaks says so also by an event, which would end the process if nobody heard it.
    let broken: Error | undefined;
    const hear = (error: Error): void => void (broken ??= error);
    client.on('error', hear);
    let intact = true;
    try {
      return await use(client);
    } catch (error) {
      intact = error instanceof Problem || isRefusal(error);
      // Statements on a connection that broke before say no more than that they cannot be sent.
      throw broken ?? error;
    } finally {
      client.off('error', hear);
      client.release(broken ?? !intact);
    }
  }
}

async function run<P extends readonly unknown[], R>(
  client: PoolClient,
  { name, text }: Statement<P, R>,
  values: P,
): Promise<R[]> {
  const { rows } = await client.query({ name, text, values: values as unknown as unknown[] });
  return rows as R[];
}

/** Runs again what lost to a deadlock or a serialisation failure; other refusals become problems. */
async function persistently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || !isTransient(error)) throw toProblem(error);
      await after(PAUSE_MS * attempt * (1 + Math.random()));
    }
  }
}

async function transact<T>(client: PoolClient, work: () => Promise<T>): Promise<T> {
  await client.query(BEGIN);
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A connection that can no longer be told so has rolled back by itself, and is not lent again.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
