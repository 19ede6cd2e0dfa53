import { expect, it } from '@jest/globals';
import type pg from 'pg';
import { useDatabase } from './support/connections.js';
import { call, insertGroupOfTwo, insertPeople } from './support/fixtures.js';

let client: pg.Client;
useDatabase(async (database) => {
  client = await database.connect();
});

/** How often the table was read as a whole. */
async function scans(): Promise<number> {
  await client.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await client.query<{ scans: string }>(
    `SELECT seq_scan AS scans FROM pg_stat_user_tables WHERE relname = 'notifications'`,
  );
  return Number(rows[0]!.scans);
}

it('A deletion finds the notifications that name the user among 100,000 by an index', async () => {
  const { ana, ben, group } = await insertGroupOfTwo(client);
  const others = await insertPeople(client, 100);
  await client.query(
    `INSERT INTO notifications (recipient_id, kind, title, body, data, group_id)
     SELECT ($1::uuid[])[1 + nth % 100], 'generic', 'You are in Deep work', 'Ana has added you to Deep work.',
            jsonb_build_object('event', 'member_added', 'group_name', 'Deep work',
                               'actor_id', CASE WHEN nth % 1000 = 0 THEN $2 ELSE $3::uuid END), $4
       FROM generate_series(1, 100000) nth`,
    [others, ana, ben, group],
  );
  await client.query('ANALYZE notifications');
  const before = await scans();
  await call(client, 'delete_account', [ana]);
  expect(await scans()).toBe(before);
  const { rows } = await client.query(
    `SELECT count(*)::int AS count FROM notifications WHERE body = 'Somebody has added you to Deep work.'
        AND data @> '{"event": "member_added", "actor_id": null}'`,
  );
  expect(rows).toEqual([{ count: 100 }]);
});
