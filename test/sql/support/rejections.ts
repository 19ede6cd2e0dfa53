import type pg from 'pg';
import { errorCode, transaction } from './connections.js';

export type Statement = [text: string, values?: unknown[]];

/** The product's own SQLSTATEs, and integrity constraint violations (class 23). */
const RULE = /^(LK\w{3}|23\w{3})$/;

/** Whether a transaction of these statements was rejected by a rule; any other error is thrown. */
export async function isRejected(client: pg.Client, ...statements: Statement[]): Promise<boolean> {
  try {
    await transaction(client, ...statements);
    return false;
  } catch (error) {
    if (RULE.test((error as pg.DatabaseError).code ?? '')) return true;
    throw error;
  }
}

/** The error code that rejected a transaction of these statements; undefined if it committed. */
export const rejection = (client: pg.Client, ...statements: Statement[]): Promise<string | undefined> =>
  errorCode(transaction(client, ...statements));

/** Whether `query` returns the same rows after statements that a rule may reject or ignore. */
export async function leavesUnchanged(
  client: pg.Client,
  query: Statement,
  ...statements: Statement[]
): Promise<boolean> {
  const rows = async (): Promise<string> => JSON.stringify((await client.query(...query)).rows);
  const before = await rows();
  await isRejected(client, ...statements);
  return (await rows()) === before;
}
