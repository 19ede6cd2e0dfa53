import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { migrate } from '../../src/database/migrate.js';
import { openDatabase, useDatabase } from './support/connections.js';
import { call, insertGroup, insertGroupOfTwo, insertPerson } from './support/fixtures.js';
import { rejection } from './support/rejections.js';

const VISIBLE = /[^\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;

const RLO = '\u202E';
const [FSI, PDI] = ['\u2068', '\u2069'];

describe('A name', () => {
  let client: pg.Client;
  let ana: string;
  let group: string;

  useDatabase(async (database) => {
    client = await database.connect();
    ({ ana, group } = await insertGroupOfTwo(client));
  });

  const setName = (name: string): Promise<string | undefined> =>
    rejection(client, ['UPDATE groups SET name = $2 WHERE id = $1', [group, name]]);
  const setDisplayName = (name: string | null): Promise<string | undefined> =>
    rejection(client, ['UPDATE profiles SET display_name = $2 WHERE id = $1', [ana, name]]);

  it.each(['\u200B', '\u3164', '\u00AD', '\u2800', '\uFE0F', '\u{E0041}', '\u202E\u2066', ' \t\u3000', '\uFFA0\u115F'])(
    'of %j alone is refused',
    async (name) => {
      expect(await setName(name)).toBe('groups_name_visible');
      expect(await setDisplayName(name)).toBe('profiles_display_name_visible');
    },
  );

  it('may be missing in a profile', async () => {
    expect(await setDisplayName(null)).toBeUndefined();
  });

  it.each(['7', '.', '\u0301', '\u{1F469}\u200D\u{1F4BB}', '\u200Bx', '\u05D0', '\uF8FF', 'İ'])(
    'with something to see is accepted: %j',
    async (name) => {
      expect([await setName(name), await setDisplayName(name)]).toEqual([undefined, undefined]);
    },
  );
});

describe.each([undefined, 'tr-TR'])('The rule of names, in the ICU locale %s', (icuLocale) => {
  let accepts: (names: string[]) => Promise<boolean[]>;

  useDatabase(
    async (database) => {
      const client = await database.connect();
      const { rows } = await client.query<{ condition: string }>(
        `SELECT pg_get_expr(conbin, conrelid) AS condition FROM pg_constraint WHERE conname = 'groups_name_visible'`,
      );
      const text = `SELECT array_agg(${rows[0]!.condition} ORDER BY nth) AS accepted
                      FROM unnest($1::text[]) WITH ORDINALITY AS names (name, nth)`;
      accepts = async (names) => (await client.query<{ accepted: boolean[] }>(text, [names])).rows[0]!.accepted;
    },
    icuLocale === undefined ? {} : { icuLocale },
  );

  it('is that of Unicode for every character', async () => {
    const all = Array.from({ length: 0x10ffff }, (_, index) => index + 1).filter(
      (code) => code < 0xd800 || code > 0xdfff,
    );
    const characters = all.map((code) => String.fromCodePoint(code));
    const accepted = await accepts(characters);
    expect(characters.filter((character, index) => VISIBLE.test(character) !== accepted[index])).toEqual([]);
  });

  it('asks for one visible character, wherever it is', async () => {
    const unit = fc.oneof(
      fc.constantFrom('\u200B', ' ', '\u3164', '\u{E0100}', '\n'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    const name = fc.string({ unit, minLength: 1, maxLength: 6 }).map((text) => text.replaceAll('\0', ' '));
    await fc.assert(
      fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 50 }), async (names) => {
        expect(await accepts(names)).toEqual(names.map((each) => VISIBLE.test(each)));
      }),
      { numRuns: 50 },
    );
  });
});

describe('Names without a visible character from before the rule', () => {
  it('are replaced by the migration, in archived groups too', async () => {
    const database = await openDatabase({ migrated: true });
    try {
      const client = await database.connect();
      const ana = await insertPerson(client);
      const [active, archived] = [await insertGroup(client, { owner: ana }), await insertGroup(client, { owner: ana })];
      await client.query(`ALTER TABLE groups DROP CONSTRAINT groups_name_visible;
                          ALTER TABLE profiles DROP CONSTRAINT profiles_display_name_visible;
                          DELETE FROM mikro_orm_migrations WHERE name LIKE '%visible_names'`);
      await client.query(`UPDATE groups SET name = U&'\\200B' WHERE id = $1`, [archived]);
      await client.query(`UPDATE profiles SET display_name = U&'\\3164'`);
      await call(client, 'archive_group', [ana, archived]);
      await migrate({ DATABASE_URL: database.url });
      const { rows } = await client.query('SELECT id, name FROM groups ORDER BY name');
      expect(rows).toEqual([
        { id: active, name: 'Deep work' },
        { id: archived, name: 'Group' },
      ]);
      expect((await client.query('SELECT display_name FROM profiles')).rows).toEqual([{ display_name: null }]);
      expect(await rejection(client, ['UPDATE groups SET name = $2 WHERE id = $1', [active, '\u200B']])).toBe(
        'groups_name_visible',
      );
    } finally {
      await database.close();
    }
  });
});

describe('A name in the text of a notification', () => {
  let client: pg.Client;
  useDatabase(async (database) => {
    client = await database.connect();
  });

  async function textOf(actor: string | null, group: string): Promise<unknown> {
    const { rows } = await client.query<{ body: string; title: string }>(
      `SELECT notification_body('member_added', $1, $2) AS body, notification_title('member_added', $2) AS title`,
      [actor, group],
    );
    return [rows[0]!.title, rows[0]!.body];
  }

  it('is as it is if it is written from left to right', async () => {
    expect(await textOf('Zoë 👩‍💻', '東京 9–5')).toEqual(['You are in 東京 9–5', 'Zoë 👩‍💻 has added you to 東京 9–5.']);
    expect(await textOf(null, 'Club')).toEqual(['You are in Club', 'Somebody has added you to Club.']);
  });

  it('is isolated if it is written from right to left', async () => {
    const [ana, club] = ['אנה', 'نادي'];
    expect(await textOf(ana, club)).toEqual([
      `You are in ${FSI}${club}${PDI}`,
      `${FSI}${ana}${PDI} has added you to ${FSI}${club}${PDI}.`,
    ]);
  });

  it('has no bidirectional controls and no line breaks', async () => {
    expect(await textOf(`Ana${RLO}`, `${PDI}Club\nhouse\u2029${FSI}`)).toEqual([
      `You are in ${FSI}Club house ${PDI}`,
      `${FSI}Ana${PDI} has added you to ${FSI}Club house ${PDI}.`,
    ]);
  });

  it('leaves every text balanced, whatever it contains', async () => {
    const unit = fc.oneof(
      fc.constantFrom('\u202A', RLO, '\u2066', FSI, PDI, '\u200F', 'א', '\n', '\u2029'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, minLength: 1, maxLength: 8 }), async (name) => {
        const [title] = (await textOf(null, name)) as [string];
        const shown = title.slice('You are in '.length);
        const isolated = new RegExp(`^${FSI}[^\\u202A-\\u202E\\u2066-\\u2069\\n\\u2029]*${PDI}$`, 'u');
        expect(shown === name || isolated.test(shown)).toBe(true);
        if (/[\p{Script=Hebrew}\u202A-\u202E\u2066-\u2069]/u.test(name)) expect(shown).toMatch(isolated);
      }),
      { numRuns: 200 },
    );
  });
});
