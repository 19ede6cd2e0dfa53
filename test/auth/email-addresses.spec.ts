import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Me } from '../../src/profiles/profiles.dto.js';
import { type Person, useApi } from '../support/api.js';
import { bodyOf } from '../support/request.js';
import type { TestDatabaseOptions } from '../support/database.js';

const databases: Record<string, TestDatabaseOptions> = {
  "the cluster's own locale": {},
  Turkish: { icuLocale: 'tr-TR' },
};

describe.each(Object.entries(databases))('With a database in %s, an e-mail address', (_, options) => {
  const api = useApi({}, options);
  let now: number;

  beforeAll(() => {
    now = Math.floor(Date.now() / 1000);
  });

  const held = async (person: Person): Promise<string | null> =>
    (await bodyOf<Me>(person.get('/api/me').expect(200))).email;

  async function foundBy(person: Person, email: string): Promise<string> {
    const path = `/api/profiles/lookup?email=${encodeURIComponent(email)}`;
    return (await bodyOf<{ id: string }>(person.get(path).expect(200))).id;
  }

  it.each([
    ['the Kelvin sign', 'ke', '\u212Ae'],
    ['a dotted capital I', 'ir', '\u0130r'],
    ['a dotless small i', 'Ir', '\u0131r'],
    ['a long s', 'se', '\u017Fe'],
  ])('with %s takes nobody over, is held and is found', async (_name, ascii, other) => {
    const domain = `${randomUUID()}.example.com`;
    const [plain, strange] = [`${ascii}@${domain}`, `${other}@${domain}`];
    const ana = await api.person('Ana', { email: plain, iat: now - 100 });
    const ben = await api.person('Ben', { email: strange, iat: now - 50 });
    expect([await held(ana), await held(ben)]).toEqual([plain, strange]);
    expect([await foundBy(ben, plain), await foundBy(ana, strange)]).toEqual([ana.id, ben.id]);
  });

  it.each([
    ['without a dot in its domain', 'ana@intranet'],
    ['with a dot at the end of its name', 'ana.@example.com'],
    ['with a name of 100 letters', `${'a'.repeat(100)}@example.com`],
    ['with letters that are not ASCII', 'ana@b\u00FCcher.example'],
  ])('%s is held, shown and found, since the identity provider verified it', async (_name, email) => {
    const ana = await api.person('Ana', { email });
    expect(await held(ana)).toBe(email);
    expect(await foundBy(ana, email)).toBe(ana.id);
  });

  it('goes to whoever proved it last, in ASCII letters of either case, and is found in either', async () => {
    const email = `iris.k.s@${randomUUID()}.example.com`;
    const ana = await api.person('Ana', { email, iat: now - 100 });
    const ben = await api.person('Ben', { email: email.toUpperCase(), iat: now - 50 });
    expect([await held(ana), await held(ben)]).toEqual([null, email.toUpperCase()]);
    expect([await foundBy(ana, email), await foundBy(ana, email.toUpperCase())]).toEqual([ben.id, ben.id]);
  });
});
