import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { toProblem } from '../../src/database/database-errors.js';
import { Problem } from '../../src/common/problem.js';
import { deadlocksIn } from '../support/locks.js';
import { routines } from '../support/routines.js';
import { useDatabase } from './support/connections.js';
import { invariantViolations } from './support/session-observations.js';
import { commands, createSharedGroup, pickTarget, PROCESS } from './support/stress-commands.js';
import { call, insertPeople } from './support/fixtures.js';

const CONNECTIONS = 12;
const COMMANDS_EACH = 200;
/** Commands that lock several groups, sessions or people are chosen more often. */
const FREQUENT = [
  'delete an account',
  'prove an address',
  'clone a group',
  'create a session',
  'start',
  'accept an invite',
];
const SERIALIZATION_FAILURE = '40001';

let observer: pg.Client;
let clients: pg.Client[];

useDatabase(async (database) => {
  observer = await database.connect();
  clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => database.connect()));
  for (const client of clients) await client.query("SET deadlock_timeout = '20ms'; SET lock_timeout = '10s'");
  await call(observer, routines.keepLiveProcess, [PROCESS]);
  const users = await insertPeople(observer, 7);
  for (const owner of users.slice(0, 3)) await createSharedGroup(observer, owner);
});

/** Whether the API has a problem code for the error, or retries. */
function isExpected(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false;
  const problem = toProblem(error);
  return error.code === SERIALIZATION_FAILURE || (problem instanceof Problem && problem.code !== 'unavailable');
}

/** Runs random commands one after the other, and counts the results. */
async function runCommands(client: pg.Client, results: Map<string, number>): Promise<void> {
  const names = [...Object.keys(commands), ...FREQUENT, ...FREQUENT, ...FREQUENT];
  const count = (result: string): void => void results.set(result, (results.get(result) ?? 0) + 1);
  for (let nth = 0; nth < COMMANDS_EACH; nth++) {
    const target = await pickTarget(client);
    const name = names[Math.floor(Math.random() * names.length)]!;
    try {
      await commands[name]!(client, target);
      count(`succeeded: ${name}`);
    } catch (error) {
      const { code, constraint = '', message } = error as pg.DatabaseError;
      count(isExpected(error) ? `rejected: ${code}` : `unexpected: ${name}: ${code} ${constraint} ${message}`);
    }
  }
}

describe('All commands at once, on 12 connections, over few people and groups', () => {
  const results = new Map<string, number>();
  const startingWith = (start: string): string[] => [...results.keys()].filter((result) => result.startsWith(start));

  it('succeed or are rejected with an expected error', async () => {
    await Promise.all(clients.map((client) => runCommands(client, results)));
    expect(startingWith('unexpected').map((result) => `${results.get(result)} x ${result}`)).toEqual([]);
  }, 60_000);

  it('include at least one success of all but the rarest commands', () => {
    const missing = Object.keys(commands).filter((name) => !results.has(`succeeded: ${name}`));
    expect(missing.slice(3)).toEqual([]);
  });

  it('cause no deadlock', async () => {
    expect(await deadlocksIn(observer, clients)).toBe(0);
  });

  it('leave no session, log or membership that violates an invariant', async () => {
    expect(await invariantViolations(observer)).toEqual([]);
    const { rows } = await observer.query(
      `SELECT g.id FROM groups g WHERE NOT EXISTS (
         SELECT FROM group_members m WHERE m.group_id = g.id AND m.user_id = g.owner_id AND m.role = 'owner')
       UNION ALL
       SELECT s.id FROM sessions s WHERE s.status IN ('running', 'paused') AND (s.creator_id IS NULL OR s.group_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM group_members m WHERE m.group_id = s.group_id AND m.user_id = s.creator_id))`,
    );
    expect(rows).toEqual([]);
  });
});
