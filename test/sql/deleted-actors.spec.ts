import { expect, it } from '@jest/globals';
import type pg from 'pg';
import { overlap, type OverlapClients } from './support/concurrency.js';
import { useDatabase } from './support/connections.js';
import { call, insertGroup, insertGroupOfTwo, insertPeople } from './support/fixtures.js';

let client: pg.Client;
let clients: OverlapClients;
useDatabase(async (database) => {
  client = await database.connect();
  clients = { first: await database.connect(), second: await database.connect(), observer: client };
});

/** How often a table was read as a whole. */
async function scans(table: string): Promise<number> {
  await client.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await client.query<{ scans: string }>(
    'SELECT seq_scan AS scans FROM pg_stat_user_tables WHERE relname = $1',
    [table],
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
  const before = await scans('notifications');
  await call(client, 'delete_account', [ana]);
  expect(await scans('notifications')).toBe(before);
  const { rows } = await client.query(
    `SELECT count(*)::int AS count FROM notifications WHERE body = 'Somebody has added you to Deep work.'
        AND data @> '{"event": "member_added", "actor_id": null}'`,
  );
  expect(rows).toEqual([{ count: 100 }]);
});

it('A deletion finds the stored responses with the name of the user among 50,000 by an index', async () => {
  const { ana, ben, group } = await insertGroupOfTwo(client);
  await client.query(`UPDATE profiles SET display_name = 'Ana' WHERE id = $1`, [ana]);
  await client.query(
    `SELECT store_idempotent_response($1, 'session ' || nth, '', 201, '/api/sessions/' || nth, $2, to_ms(now()))
       FROM generate_series(1, 50000) nth`,
    [ben, `{"participants":[{"user":{"id":"${ben}","display_name":"Ben"}}]}`],
  );
  await client.query(
    `SELECT store_idempotent_response($1, 'members', '', 200, NULL, members::text, to_ms(now())) FROM group_member_list($2) members`,
    [ben, group],
  );
  await client.query('ANALYZE idempotency_keys');
  const before = await scans('idempotency_keys');
  await call(client, 'delete_account', [ana]);
  expect(await scans('idempotency_keys')).toBe(before);
  const { rows } = await client.query<{ body: string }>(`SELECT body FROM idempotency_keys WHERE key = 'members'`);
  expect(JSON.parse(rows[0]!.body)).toEqual([
    expect.objectContaining({ user_id: ana, user: { id: ana, display_name: null, avatar_url: null } }),
    expect.objectContaining({ user_id: ben }),
  ]);
});

it('A deletion waits for the repetition of an invite, whose response is stored with the name', async () => {
  const [ana, ben, xan, guest] = (await insertPeople(client, 4)) as [string, string, string, string];
  const group = await insertGroup(client, { owner: ana, members: [ben, xan] });
  await client.query(`UPDATE group_members SET role = 'admin' WHERE user_id = ANY ($1)`, [[ben, xan]]);
  await client.query(`UPDATE profiles SET display_name = 'Xanthippe' WHERE id = $1`, [xan]);
  await call(client, 'invite', [xan, group, guest]);
  // Whoever has left shares no group with Ben that both would lock.
  await call(client, 'remove_member', [xan, group, xan]);
  const repeat = `SELECT store_idempotent_response($1, 'repeat', '', 200, NULL, i.body, to_ms(now()))
                    FROM invite($1, $2, $3, to_ms(now())) i`;
  const outcome = await overlap(
    clients,
    (first) => first.query(repeat, [ben, group, guest]),
    (second) => call(second, 'delete_account', [xan]),
  );
  expect(outcome).toEqual([undefined, undefined]);
  const { rows } = await client.query<{ body: string }>(`SELECT body FROM idempotency_keys WHERE key = 'repeat'`);
  expect(rows.map(({ body }) => JSON.parse(body) as object)).toEqual([
    expect.objectContaining({ body: expect.stringMatching(/^Somebody invites you/) }),
  ]);
});
