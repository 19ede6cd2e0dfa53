import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { useDatabase } from './support/connections.js';
import { rejection } from './support/rejections.js';
import { insertGroupOfTwo } from './support/fixtures.js';

/** What PostgreSQL takes for a time zone, but is no exact name of a region. */
const OTHER_SPELLINGS = [
  'europe/paris',
  'EUROPE/PARIS',
  'utc',
  ' UTC',
  'Europe/Paris ',
  'GMT',
  'EST',
  'Zulu',
  'Japan',
  'CET',
  'FOO+99',
  '<+03>-3',
  'EST5EDT,M3.2.0,M11.1.0',
  '+02',
  'posix/Europe/Paris',
  'right/Europe/Paris',
  'Nowhere/Land',
  '',
];

describe('The time zones of groups', () => {
  let client: pg.Client;
  let ana: string;
  let group: string;

  useDatabase(async (database) => {
    client = await database.connect();
    ({ ana, group } = await insertGroupOfTwo(client));
  });

  const move = (zone: string): Promise<string | undefined> =>
    rejection(client, ['UPDATE groups SET timezone = $2 WHERE id = $1', [group, zone]]);

  const make = (zone: string): Promise<string | undefined> => {
    const id = randomUUID();
    const insert = `INSERT INTO groups (id, owner_id, name, end_at, timezone, period, period_target_minutes)
                    VALUES ($1, $2, 'Deep work', now() + interval '30 days', $3, 'daily', 60)`;
    const join = `INSERT INTO group_members (group_id, user_id, role) VALUES ($1, $2, 'owner')`;
    return rejection(client, [insert, [id, ana, zone]], [join, [id, ana]]);
  };

  it("are UTC and the server's exact names of regions", async () => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT name FROM pg_timezone_names WHERE name LIKE '%/%' AND name NOT LIKE 'posix/%' AND name NOT LIKE 'right/%'
        ORDER BY md5(name) LIMIT 20`,
    );
    for (const zone of ['UTC', 'Etc/UTC', 'America/Argentina/Buenos_Aires', ...rows.map(({ name }) => name)]) {
      expect(await make(zone)).toBeUndefined();
      expect(await move(zone)).toBeUndefined();
    }
  });

  it.each(OTHER_SPELLINGS)('are not spelled “%s”', async (zone) => {
    expect(await move(zone)).toBe('groups_timezone_known');
    expect(await make(zone)).toBe('groups_timezone_known');
  });
});
