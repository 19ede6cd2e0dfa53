import { describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import type { Statement } from '../../src/database/database.js';
import { createSession, type StoredSession, verbs } from '../../src/sessions/sessions.sql.js';
import { addColumn, replaceRoutines } from '../support/roll-out.js';
import { useDatabase } from './support/connections.js';
import { insertGroup, insertPeople } from './support/fixtures.js';

const CONNECTIONS = 16;
const LONGEST_VERB_MS = 2_000;

/** How often routines are replaced, one time after the other. */
const REPLACEMENTS = 5;

let clients: pg.Client[];
let hosts: string[];
let groups: string[];

const database = useDatabase(async (opened) => {
  clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => opened.connect()));
  const [client] = clients as [pg.Client];
  hosts = await insertPeople(client, CONNECTIONS);
  groups = [];
  for (const owner of hosts.slice(0, 4)) {
    groups.push(await insertGroup(client, { owner, members: hosts.filter((host) => host !== owner) }));
  }
});

/** As src/database does: by a name, under which the connection keeps the plan. */
async function query<P extends readonly unknown[], R>(
  client: pg.Client,
  { name, text }: Statement<P, R>,
  values: P,
): Promise<R> {
  const { rows } = await client.query<R & pg.QueryResultRow>({ name, text, values: [...values] });
  return rows[0]!;
}

interface Seen {
  verbs: number;
  longest: number;
  failures: string[];
}

/** Runs one session after the other on a connection until `work` ends. */
async function focus(nth: number, isOver: () => boolean, seen: Seen): Promise<void> {
  const [client, host, group] = [clients[nth]!, hosts[nth]!, groups[nth % groups.length]!];
  const timed = async <T>(run: () => Promise<T>): Promise<T | undefined> => {
    const since = performance.now();
    try {
      return await run();
    } catch (error) {
      const { code, message } = error as pg.DatabaseError;
      seen.failures.push(`${code} ${message}`);
      return undefined;
    } finally {
      seen.verbs++;
      seen.longest = Math.max(seen.longest, performance.now() - since);
    }
  };
  while (!isOver()) {
    const made = await timed<StoredSession>(() => query(client, createSession, [host, group, null]));
    if (made === undefined) continue;
    for (const verb of ['start', 'pause', 'resume', 'stop'] as const) {
      await timed(() => query(client, verbs[verb], [host, made.id, null]));
    }
  }
}

/** What 16 connections of verbs see while `work` is done. */
async function verbsDuring(work: () => Promise<void>): Promise<Seen> {
  const seen: Seen = { verbs: 0, longest: 0, failures: [] };
  const state = { over: false };
  const focusing = clients.map((_, nth) => focus(nth, () => state.over, seen));
  try {
    await work();
  } finally {
    state.over = true;
    await Promise.all(focusing);
  }
  return seen;
}

function expectUndisturbed({ verbs: count, longest, failures }: Seen): void {
  expect([...new Set(failures)]).toEqual([]);
  expect(longest).toBeLessThan(LONGEST_VERB_MS);
  expect(count).toBeGreaterThan(CONNECTIONS);
}

describe('A rollout while other processes serve requests: no verb fails or waits long while', () => {
  it('every routine is replaced in place', async () => {
    const seen = await verbsDuring(async () => {
      for (let nth = 0; nth < REPLACEMENTS; nth++) await replaceRoutines(database.url);
    });
    expectUndisturbed(seen);
  }, 60_000);

  it('a column is added to the table of sessions', async () => {
    const seen = await verbsDuring(() => addColumn(database.url));
    expectUndisturbed(seen);
  }, 60_000);
});
