import { Injectable } from '@nestjs/common';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';
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

/** The one door to PostgreSQL: every request goes through one or two named statements, each its own transaction. */
@Injectable()
export class Database {
  private pool: Pool | undefined;

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

  /** Runs again what lost to a deadlock or a serialisation failure; other refusals become problems. */
  async all<P extends readonly unknown[], R>(statement: Statement<P, R>, ...parameters: P): Promise<R[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.run(statement, parameters);
      } catch (error) {
        if (attempt === ATTEMPTS || !isTransient(error)) throw toProblem(error);
      }
    }
  }

  /** `pool.query` would close the connection at every refusal, and lose with it the plans of all statements. */
  private async run<P extends readonly unknown[], R>(statement: Statement<P, R>, values: P): Promise<R[]> {
    this.pool ??= await this.orm.em.getConnection().getNativeClient();
    const { name, text } = statement;
    const client = await this.pool.connect();
    // A connection that breaks says so also here, and an event that nobody hears would end the process.
    const onBreak = (): void => undefined;
    client.on('error', onBreak);
    let broken = false;
    try {
      const { rows } = await client.query({ name, text, values: values as unknown as unknown[] });
      return rows as R[];
    } catch (error) {
      broken = !isRefusal(error);
      throw error;
    } finally {
      client.off('error', onBreak);
      client.release(broken);
    }
  }
}
