import { beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { overlap, type OverlapClients, type Command } from './support/concurrency.js';
import { useDatabase } from './support/connections.js';
import { rejection, type Statement } from './support/rejections.js';
import { insertGroup, insertPerson } from './support/fixtures.js';

const TOO_LONG = 'group_members_override_within_period';

describe('An override', () => {
  let client: pg.Client;
  let clients: OverlapClients;
  let ana: string;
  let ben: string;
  let weekly: string;

  useDatabase(async (database) => {
    client = await database.connect();
    clients = { first: await database.connect(), second: await database.connect(), observer: client };
  });

  /** Ana and Ben in a weekly group of 600 minutes. */
  beforeEach(async () => {
    [ana, ben] = [await insertPerson(client), await insertPerson(client)];
    weekly = await insertGroup(client, { owner: ana, members: [ben], period: 'weekly', target: 600 });
  });

  const set = (minutes: number | null): Statement => [
    'UPDATE group_members SET override_period_target_minutes = $3 WHERE group_id = $1 AND user_id = $2',
    [weekly, ben, minutes],
  ];
  const makeDaily = (): Statement => [`UPDATE groups SET period = 'daily' WHERE id = $1`, [weekly]];
  const run =
    ([text, values]: Statement): Command =>
    (connection) =>
      connection.query(text, values);

  /** Overrides that their group's period cannot hold. */
  async function tooLong(): Promise<unknown[]> {
    const { rows } = await client.query(
      `SELECT m.override_period_target_minutes FROM group_members m JOIN groups g ON g.id = m.group_id
        WHERE g.id = $1 AND m.override_period_target_minutes > CASE g.period WHEN 'daily' THEN 1440 ELSE 10080 END`,
      [weekly],
    );
    return rows;
  }

  it('keeps a weekly group from becoming daily that a day cannot hold', async () => {
    expect(await rejection(client, set(5000))).toBeUndefined();
    expect(await rejection(client, makeDaily())).toBe(TOO_LONG);
    expect(await rejection(client, set(1440))).toBeUndefined();
    expect(await rejection(client, makeDaily())).toBeUndefined();
    expect(await rejection(client, set(1441))).toBe(TOO_LONG);
  });

  it('may be shortened in the transaction in which the group becomes daily', async () => {
    await client.query(...set(5000));
    expect(await rejection(client, set(null), makeDaily())).toBeUndefined();
  });

  it('waits for a group that is becoming daily', async () => {
    const outcome = await overlap(clients, run(makeDaily()), run(set(5000)));
    expect(outcome).toEqual([undefined, TOO_LONG]);
    expect(await tooLong()).toEqual([]);
  });

  it('that is being set makes the change of the period wait', async () => {
    const outcome = await overlap(clients, run(set(5000)), run(makeDaily()));
    expect(outcome).toEqual([undefined, TOO_LONG]);
    expect(await tooLong()).toEqual([]);
  });

  it('of somebody who joins meanwhile is held to the new period', async () => {
    const join: Statement = [
      'INSERT INTO group_members (group_id, user_id, override_period_target_minutes) VALUES ($1, $2, 5000)',
      [weekly, await insertPerson(client)],
    ];
    expect(await overlap(clients, run(makeDaily()), run(join))).toEqual([undefined, TOO_LONG]);
    expect(await tooLong()).toEqual([]);
  });

  it('and a target lie within what the period can hold', async () => {
    const target = (minutes: number): Statement => [
      'UPDATE groups SET period_target_minutes = $2 WHERE id = $1',
      [weekly, minutes],
    ];
    expect(await rejection(client, target(10_081))).toBe('groups_target_within_period');
    expect(await rejection(client, set(10_081))).toBe(TOO_LONG);
    expect(await rejection(client, set(10_080))).toBeUndefined();
    expect(await rejection(client, target(10_080))).toBeUndefined();
    expect(await rejection(client, set(null), makeDaily())).toBe('groups_target_within_period');
  });
});
