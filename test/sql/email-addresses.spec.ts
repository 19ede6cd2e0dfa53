import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { TestDatabaseOptions } from '../support/database.js';
import { useDatabase } from './support/connections.js';
import { isRejected } from './support/rejections.js';

/** Letters that some locale takes for an ASCII letter in upper or lower case. */
const LOOK_ALIKES: [name: string, ascii: string, other: string][] = [
  ['the Kelvin sign and k', 'k', '\u212A'],
  ['the Kelvin sign and K', 'K', '\u212A'],
  ['a dotted capital I and i', 'i', '\u0130'],
  ['a dotted capital I and I', 'I', '\u0130'],
  ['a dotless small i and I', 'I', '\u0131'],
  ['a dotless small i and i', 'i', '\u0131'],
  ['a long s and s', 's', '\u017F'],
  ['a small and a capital A with a ring', '\u00E5', '\u00C5'],
  ['the Angstrom sign and a with a ring', '\u00E5', '\u212B'],
  ['a composed and a decomposed e with an accent', '\u00E9', 'e\u0301'],
];

const databases: Record<string, TestDatabaseOptions> = {
  "the cluster's own locale": {},
  "ICU's root locale": { icuLocale: 'und' },
  Turkish: { icuLocale: 'tr-TR' },
  Lithuanian: { icuLocale: 'lt-LT' },
};

describe.each(Object.entries(databases))('E-mail addresses in a database in %s', (_, options) => {
  let client: pg.Client;
  let domain: string;

  useDatabase(async (database) => {
    client = await database.connect();
  }, options);

  beforeEach(() => {
    domain = `${randomUUID()}.example.com`;
  });

  const now = Math.floor(Date.now() / 1000);

  /** Signs a new person in with a token, issued so many seconds ago, that proves an address. */
  async function signIn(address: string, secondsAgo: number): Promise<string> {
    const { rows } = await client.query<{ id: string }>('SELECT sign_in($1, $2, $3, to_timestamp($4)) AS id', [
      'cognito',
      randomUUID(),
      address,
      now - secondsAgo,
    ]);
    return rows[0]!.id;
  }

  async function addressOf(id: string): Promise<string | null> {
    const { rows } = await client.query<{ email: string | null }>('SELECT email FROM profiles WHERE id = $1', [id]);
    return rows[0]!.email;
  }

  async function lookUp(caller: string, address: string): Promise<string | null> {
    const { rows } = await client.query<{ found: { id: string } | null }>(
      'SELECT find_profile_by_email($1, $2, to_ms(now()))::json AS found',
      [caller, address],
    );
    return rows[0]!.found?.id ?? null;
  }

  it.each(LOOK_ALIKES)('differ with %s: each has its own profile and can be looked up', async (_name, ascii, other) => {
    const addresses = [`a${ascii}a@${domain}`, `a${other}a@${domain}`] as const;
    const first = await signIn(addresses[0], 100);
    const second = await signIn(addresses[1], 50);
    expect(second).not.toBe(first);
    expect([await addressOf(first), await addressOf(second)]).toEqual(addresses);
    expect([await lookUp(first, addresses[0]), await lookUp(first, addresses[1])]).toEqual([first, second]);
  });

  it('are equal if only the case of ASCII letters differs: the last profile to prove it has it', async () => {
    const lower = `abcdefghijklmnopqrstuvwxyz@${domain}`;
    const first = await signIn(lower, 100);
    const second = await signIn(lower.toUpperCase(), 50);
    expect(await addressOf(first)).toBeNull();
    expect(await addressOf(second)).toBe(lower.toUpperCase());
    expect(await lookUp(first, lower)).toBe(second);
    expect(await lookUp(first, `AbCdEfGhIjKlMnOpQrStUvWxYz@${domain}`)).toBe(second);
  });

  it('are not taken over by an older token in another case', async () => {
    const holder = await signIn(`Iris@${domain}`, 50);
    const late = await signIn(`iRIS@${domain}`, 100);
    expect([await addressOf(holder), await addressOf(late)]).toEqual([`Iris@${domain}`, null]);
  });

  it('are unique, also for other clients', async () => {
    const insert = 'INSERT INTO profiles (email) VALUES ($1)';
    expect(await isRejected(client, [insert, [`iris.k@${domain}`]])).toBe(false);
    expect(await isRejected(client, [insert, [`IRIS.K@${domain}`]])).toBe(true);
    expect(await isRejected(client, [insert, [`IRIS.\u212A@${domain}`]])).toBe(false);
    expect(await isRejected(client, [insert, [`\u0130RIS.K@${domain}`]])).toBe(false);
  });
});
