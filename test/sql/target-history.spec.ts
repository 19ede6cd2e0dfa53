import { beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { useDatabase } from './support/connections.js';
import { isRejected, leavesUnchanged, type Statement } from './support/rejections.js';
import { insertGroupOfTwo, call, insertPerson } from './support/fixtures.js';

describe('The history of targets', () => {
  let client: pg.Client;
  let ana: string;
  let ben: string;
  let group: string;

  useDatabase(async (database) => {
    client = await database.connect();
  });

  beforeEach(async () => {
    ({ ana, ben, group } = await insertGroupOfTwo(client));
  });

  const refused = (...statements: Statement[]): Promise<boolean> => isRejected(client, ...statements);
  const ofClub = (text: string, ...values: unknown[]): Statement => [text, [group, ...values]];

  async function changes(): Promise<unknown[]> {
    const text = `SELECT user_id, target_minutes FROM target_changes WHERE group_id = $1 ORDER BY id`;
    return (await client.query(text, [group])).rows;
  }

  it('records every target and override', async () => {
    await client.query(...ofClub('UPDATE groups SET period_target_minutes = 90 WHERE id = $1'));
    const set = 'UPDATE group_members SET override_period_target_minutes = $3 WHERE group_id = $1 AND user_id = $2';
    await client.query(...ofClub(set, ben, 30));
    await client.query(...ofClub(set, ben, null));
    expect(await changes()).toEqual([
      { user_id: null, target_minutes: 60 },
      { user_id: ana, target_minutes: null },
      { user_id: ben, target_minutes: null },
      { user_id: null, target_minutes: 90 },
      { user_id: ben, target_minutes: 30 },
      { user_id: ben, target_minutes: null },
    ]);
  });

  it.each([
    'target_minutes = 1',
    `changed_at = changed_at - interval '1 day'`,
    'user_id = NULL, target_minutes = 1',
    `group_id = (SELECT id FROM groups WHERE id <> group_id LIMIT 1)`,
  ])('cannot be updated: SET %s', async (assignments) => {
    await insertGroupOfTwo(client);
    expect(await refused(ofClub(`UPDATE target_changes SET ${assignments} WHERE group_id = $1`))).toBe(true);
  });

  it('cannot be deleted while the group and the person exist, row by row or all at once', async () => {
    expect(await refused(ofClub('DELETE FROM target_changes WHERE group_id = $1 AND user_id IS NULL'))).toBe(true);
    expect(await refused(ofClub('DELETE FROM target_changes WHERE group_id = $1 AND user_id = $2', ben))).toBe(true);
    expect(await refused(['DELETE FROM target_changes'])).toBe(true);
    expect(await refused(['TRUNCATE target_changes'])).toBe(true);
    expect(await refused(['TRUNCATE target_changes CASCADE'])).toBe(true);
    expect(await changes()).toHaveLength(3);
  });

  it('cannot be inserted into, for the past or for now', async () => {
    const add = `INSERT INTO target_changes (group_id, user_id, target_minutes, changed_at) VALUES ($1, $2, 1, $3)`;
    const past = new Date(Date.now() - 3 * 86_400_000);
    expect(await refused(ofClub(add, null, past))).toBe(true);
    expect(await refused(ofClub(add, ben, past))).toBe(true);
    const insert = 'INSERT INTO target_changes (group_id, target_minutes) VALUES ($1, 1)';
    expect(await refused(ofClub(insert))).toBe(true);
  });

  it('judges a past period the same after every attempt to change it', async () => {
    const judged: Statement = [
      `SELECT user_id, target_minutes FROM group_progress_at($1, now() - interval '1 day') ORDER BY user_id`,
      [group],
    ];
    const tries: Statement[] = [
      ofClub(
        `INSERT INTO target_changes (group_id, target_minutes, changed_at) VALUES ($1, 1, now() - interval '3 days')`,
      ),
      ofClub('UPDATE target_changes SET target_minutes = 1 WHERE group_id = $1'),
      ofClub('UPDATE groups SET period_target_minutes = 1 WHERE id = $1'),
      ofClub('UPDATE group_members SET override_period_target_minutes = 1 WHERE group_id = $1'),
    ];
    for (const statement of tries) expect(await leavesUnchanged(client, judged, statement)).toBe(true);
  });

  it('is kept for a member who leaves and may return', async () => {
    await call(client, 'remove_member', [ben, group, ben]);
    expect(await changes()).toContainEqual({ user_id: ben, target_minutes: null });
  });

  it('is deleted with the person', async () => {
    expect(await refused(['DELETE FROM profiles WHERE id = $1', [ben]])).toBe(false);
    expect(await changes()).toEqual([
      { user_id: null, target_minutes: 60 },
      { user_id: ana, target_minutes: null },
    ]);
    const cem = await insertPerson(client);
    await client.query('INSERT INTO group_members (group_id, user_id) VALUES ($1, $2)', [group, cem]);
    await call(client, 'delete_account', [cem]);
    expect(await changes()).toHaveLength(2);
  });

  it('is deleted with the group', async () => {
    expect(await refused(ofClub('DELETE FROM groups WHERE id = $1'))).toBe(false);
    expect(await changes()).toEqual([]);
  });

  it('is deleted with all groups at once', async () => {
    expect(await refused(['TRUNCATE groups, sessions CASCADE'])).toBe(false);
    expect((await client.query('SELECT FROM target_changes')).rows).toEqual([]);
  });
});
