import type pg from 'pg';
import { refusalOf, transaction } from './connections.js';

export type Statement = [text: string, values?: unknown[]];

/** A rule of the database that was broken: an SQLSTATE of ours, or an integrity constraint (class 23). */
const RULE = /^(LK\w{3}|23\w{3})$/;

/** Whether a transaction of these statements was refused by a rule; any other error is thrown. */
export async function isRefused(client: pg.Client, ...statements: Statement[]): Promise<boolean> {
  try {
    await transaction(client, ...statements);
    return false;
  } catch (error) {
    if (RULE.test((error as pg.DatabaseError).code ?? '')) return true;
    throw error;
  }
}

/** The broken constraint or SQLSTATE that refused a transaction of these statements; undefined if it committed. */
export const refusal = (client: pg.Client, ...statements: Statement[]): Promise<string | undefined> =>
  refusalOf(transaction(client, ...statements));

/** Whether the rows that `query` finds are the same after statements that a rule may refuse or ignore. */
export async function leavesUnchanged(
  client: pg.Client,
  query: Statement,
  ...statements: Statement[]
): Promise<boolean> {
  const rows = async (): Promise<string> => JSON.stringify((await client.query(...query)).rows);
  const before = await rows();
  await isRefused(client, ...statements);
  return (await rows()) === before;
}
