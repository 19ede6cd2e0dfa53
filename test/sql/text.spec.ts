import { describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { useDatabase } from './support/connections.js';
import { isRejected } from './support/rejections.js';
import { insertGroupOfTwo } from './support/fixtures.js';

describe('The text of people', () => {
  let client: pg.Client;
  let ana: string;
  let group: string;

  useDatabase(async (database) => {
    client = await database.connect();
    ({ ana, group } = await insertGroupOfTwo(client));
  });

  const profileRefuses = (column: string, value: string | null): Promise<boolean> =>
    isRejected(client, [`UPDATE profiles SET ${column} = $2 WHERE id = $1`, [ana, value]]);
  const groupRefuses = (column: string, value: string): Promise<boolean> =>
    isRejected(client, [`UPDATE groups SET ${column} = $2 WHERE id = $1`, [group, value]]);

  it.each(['7', 'é', '漢', '\u{1F469}\u200D\u{1F4BB}', '€', '\u0E01\u0E31'])(
    'is a name if some of it can be seen: %s',
    async (name) => {
      expect(await groupRefuses('name', name)).toBe(false);
      expect(await profileRefuses('display_name', name)).toBe(false);
    },
  );

  it('has limits in characters', async () => {
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
