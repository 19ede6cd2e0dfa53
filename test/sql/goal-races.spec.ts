import { beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { routines } from '../support/routines.js';
import { overlap, type Command, type OverlapClients } from './support/concurrency.js';
import { useDatabase } from './support/connections.js';
import { call, DAY, insertGroup, insertGroupOfTwo, HOUR } from './support/fixtures.js';

/** Yesterday's noon in UTC, and an hour earlier. */
const NOON = new Date(Math.floor(Date.now() / DAY) * DAY - DAY / 2);
const ELEVEN = new Date(NOON.getTime() - HOUR);

let client: pg.Client;
let clients: OverlapClients;
let ana: string;
let ben: string;
let group: string;
let session: string;

useDatabase(async (database) => {
  client = await database.connect();
  clients = { first: await database.connect(), second: await database.connect(), observer: client };
});
beforeEach(async () => {
  ({ ana, ben } = await insertGroupOfTwo(client));
  group = await insertGroup(client, { owner: ana, members: [ben], target: 60 });
  session = await call(client, routines.createSession, [ben, group, null], ELEVEN);
  await call(client, routines.startSession, [ben, session, null], ELEVEN);
  await call(client, routines.pauseSession, [ben, session, null], new Date(ELEVEN.getTime() + 1000));
});

/** Ben adds an hour. */
const logs: Command = (connection) => call(connection, routines.addLog, [ben, session, ELEVEN, NOON], NOON);

const setTarget: Record<string, (minutes: number) => Command> = {
  target: (minutes) => (connection) =>
    call(connection, routines.updateGroup, [ana, group, null, null, null, minutes], NOON),
  override: (minutes) => (connection) =>
    call(connection, routines.updateMember, [ana, group, ben, true, minutes, null], NOON),
};

async function milestoneCount(): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM notifications WHERE kind = 'milestone_member' AND group_id = $1`,
    [group],
  );
  return rows[0]!.count;
}

describe.each(['target', 'override'])('While the %s changes, time that is added', (kind) => {
  const sets = setTarget[kind]!;

  it.each<[string, () => [Command, Command]]>([
    ['before', () => [logs, sets(60)]],
    ['after', () => [sets(60), logs]],
  ])('reaches a lower one, if it comes %s the change', async (_, order) => {
    await sets(90)(client);
    expect(await overlap(clients, ...order())).toEqual([undefined, undefined]);
    expect(await milestoneCount()).toBe(1);
  });

  it('reaches the one before it was raised', async () => {
    expect(await overlap(clients, logs, sets(90))).toEqual([undefined, undefined]);
    expect(await milestoneCount()).toBe(1);
  });

  it('does not reach the one after it was raised', async () => {
    expect(await overlap(clients, sets(90), logs)).toEqual([undefined, undefined]);
    expect(await milestoneCount()).toBe(0);
  });
});
