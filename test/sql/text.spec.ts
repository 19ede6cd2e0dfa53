import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { openDatabase, type Connections } from './support/connections.js';
import { isRefused } from './support/refusals.js';
import { aClub } from './support/world.js';

describe('The text of people', () => {
  let database: Connections;
  let client: pg.Client;
  let ana: string;
  let club: string;

  beforeAll(async () => {
    database = await openDatabase();
    client = await database.connect();
    ({ ana, club } = await aClub(client));
  });

  afterAll(() => database.close());

  const profileRefuses = (column: string, value: string | null): Promise<boolean> =>
    isRefused(client, [`UPDATE profiles SET ${column} = $2 WHERE id = $1`, [ana, value]]);
  const groupRefuses = (column: string, value: string): Promise<boolean> =>
    isRefused(client, [`UPDATE groups SET ${column} = $2 WHERE id = $1`, [club, value]]);

  it.each(['7', 'é', '漢', '\u{1F469}\u200D\u{1F4BB}', '€', '\u0E01\u0E31'])(
    'is a name if some of it can be seen: %s',
    async (name) => {
      expect(await groupRefuses('name', name)).toBe(false);
      expect(await profileRefuses('display_name', name)).toBe(false);
    },
  );

  it('is as long as the limits say, in characters', async () => {
    const emoji = '\u{1F600}';
    expect([await groupRefuses('name', emoji.repeat(120)), await groupRefuses('name', emoji.repeat(121))]).toEqual([
      false,
      true,
    ]);
    expect([
      await profileRefuses('display_name', emoji.repeat(80)),
      await profileRefuses('display_name', emoji.repeat(81)),
    ]).toEqual([false, true]);
    expect([await groupRefuses('description', ''), await groupRefuses('description', emoji.repeat(2001))]).toEqual([
      false,
      true,
    ]);
  });

  it.each(['no address', 'ana', '@example.com', 'ana@', 'two@at@signs', 'a b@example.com', 'a\n@example.com', ''])(
    'is no e-mail address: %j',
    async (address) => {
      expect(await profileRefuses('email', address)).toBe(true);
    },
  );
});
