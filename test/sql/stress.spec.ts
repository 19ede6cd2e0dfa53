import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { toProblem } from '../../src/database/problems.js';
import { Problem } from '../../src/common/problem.js';
import { deadlocksIn } from '../support/locks.js';
import { routines } from '../support/routines.js';
import { openDatabase, type Connections } from './support/connections.js';
import { faultsIn } from './support/session-checks.js';
import { gather, operations, pickTarget, PROCESS } from './support/stress.js';
import { call, people } from './support/world.js';

const CONNECTIONS = 12;
const OPERATIONS_EACH = 200;
/** What holds several groups, sessions or people at once comes more often than the rest. */
const OFTEN = [
  'delete an account',
  'prove an address',
  'clone a group',
  'create a session',
  'start',
  'accept an invite',
];
const SERIALIZATION_FAILURE = '40001';

let database: Connections;
let watch: pg.Client;
let clients: pg.Client[];

beforeAll(async () => {
  database = await openDatabase();
  watch = await database.connect();
  clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => database.connect()));
  for (const client of clients) await client.query("SET deadlock_timeout = '20ms'; SET lock_timeout = '10s'");
  await call(watch, routines.keepLiveProcess, [PROCESS]);
  const crowd = await people(watch, 7);
  for (const owner of crowd.slice(0, 3)) await gather(watch, owner);
});
afterAll(() => database.close());

/** Whether the API answers such a refusal by a problem of its own, or tries again. */
function isForeseen(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false;
  const problem = toProblem(error);
  return error.code === SERIALIZATION_FAILURE || (problem instanceof Problem && problem.code !== 'unavailable');
}

/** Does operations one after the other and writes down how each went. */
async function work(client: pg.Client, went: Map<string, number>): Promise<void> {
  const names = [...Object.keys(operations), ...OFTEN, ...OFTEN, ...OFTEN];
  const count = (how: string): void => void went.set(how, (went.get(how) ?? 0) + 1);
  for (let nth = 0; nth < OPERATIONS_EACH; nth++) {
    const target = await pickTarget(client);
    const name = names[Math.floor(Math.random() * names.length)]!;
    try {
      await operations[name]!(client, target);
      count(`done: ${name}`);
    } catch (error) {
      const { code, constraint = '', message } = error as pg.DatabaseError;
      count(isForeseen(error) ? `refused: ${code}` : `fault: ${name}: ${code} ${constraint} ${message}`);
    }
  }
}

describe('All operations at once, on 12 connections, over few people and groups', () => {
  const went = new Map<string, number>();
  const startingWith = (start: string): string[] => [...went.keys()].filter((how) => how.startsWith(start));

  it('are done or refused as the specification has it', async () => {
    await Promise.all(clients.map((client) => work(client, went)));
    expect(startingWith('fault').map((how) => `${went.get(how)} x ${how}`)).toEqual([]);
  }, 60_000);

  it('and all but the rarest of them were also done, though chance chooses', () => {
    const missing = Object.keys(operations).filter((name) => !went.has(`done: ${name}`));
    expect(missing.slice(3)).toEqual([]);
  });

  it('meet no deadlock', async () => {
    expect(await deadlocksIn(watch, clients)).toBe(0);
  });

  it('leave no session, log or membership that breaks a rule', async () => {
    expect(await faultsIn(watch)).toEqual([]);
    const { rows } = await watch.query(
      `SELECT g.id FROM groups g WHERE NOT EXISTS (
         SELECT FROM group_members m WHERE m.group_id = g.id AND m.user_id = g.owner_id AND m.role = 'owner')
       UNION ALL
       SELECT s.id FROM sessions s WHERE s.status IN ('running', 'paused') AND (s.creator_id IS NULL OR s.group_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM group_members m WHERE m.group_id = s.group_id AND m.user_id = s.creator_id))`,
    );
    expect(rows).toEqual([]);
  });
});
