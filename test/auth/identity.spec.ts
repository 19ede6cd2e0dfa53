import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import { useApi } from '../support/api.js';
import { bodyOf, problem } from '../support/request.js';
import type { TokenClaims } from '../support/issuer.js';
import type { Me } from '../../src/profiles/profiles.dto.js';

describe('An identity', () => {
  const api = useApi();
  let now: number;

  beforeAll(() => {
    now = Math.floor(Date.now() / 1000);
  });
  async function me(wishes: TokenClaims): Promise<Me> {
    const authorization = `Bearer ${await api.issuer.token(wishes)}`;
    return bodyOf<Me>(api.anonymous({ method: 'GET', path: '/api/me', headers: { authorization } }).expect(200));
  }

  /** A person's profile, read with an access token, which verifies no address. */
  const emailOf = async (sub: string): Promise<string | null> => (await me({ sub, token_use: 'access' })).email;

  const anAddress = (): string => `ana.${randomUUID()}@example.com`;

  describe('leads to one profile', () => {
    it('from both kinds of token', async () => {
      const sub = randomUUID();
      const { id } = await me({ sub });
      expect((await me({ sub, token_use: 'access' })).id).toBe(id);
      expect((await me({ sub: randomUUID() })).id).not.toBe(id);
    });

    it('when its first twenty requests come at once, each with a token of its own', async () => {
      const sub = randomUUID();
      const email = anAddress();
      const before = await count();
      const kinds = Array.from({ length: 20 }, (_, i) => (i % 2 ? { sub, email } : { sub, token_use: 'access' }));
      const all = await Promise.all(kinds.map(me));
      expect(new Set(all.map(({ id }) => id)).size).toBe(1);
      expect(await count()).toEqual({ profiles: before.profiles + 1, identities: before.identities + 1 });
      expect(await emailOf(sub)).toBe(email);
    });

    it('when its first twenty requests come at once with the same token', async () => {
      const before = await count();
      const authorization = `Bearer ${await api.issuer.token()}`;
      const call = (): Promise<Me> =>
        bodyOf<Me>(api.anonymous({ method: 'GET', path: '/api/me', headers: { authorization } }).expect(200));
      const all = await Promise.all(Array.from({ length: 20 }, call));
      expect(new Set(all.map(({ id }) => id)).size).toBe(1);
      expect((await count()).profiles).toBe(before.profiles + 1);
    });

    it('kept apart from the same subject in capitals', async () => {
      const sub = `subject-${randomUUID()}`;
      expect((await me({ sub })).id).not.toBe((await me({ sub: sub.toUpperCase() })).id);
    });

    async function count(): Promise<{ profiles: number; identities: number }> {
      const text = `SELECT (SELECT count(*)::int FROM profiles) AS profiles,
                           (SELECT count(*)::int FROM auth_identities) AS identities`;
      const { rows } = await api.database.query<{ profiles: number; identities: number }>(text);
      return rows[0] ?? { profiles: 0, identities: 0 };
    }
  });

  describe('has the e-mail address', () => {
    it('that its id token proves at the first login', async () => {
      const email = anAddress();
      expect((await me({ sub: randomUUID(), email })).email).toBe(email);
    });

    it('that an id token proves at a later login', async () => {
      const sub = randomUUID();
      const email = anAddress();
      expect((await me({ sub, token_use: 'access' })).email).toBeNull();
      expect((await me({ sub, email })).email).toBe(email);
      expect(await emailOf(sub)).toBe(email);
    });

    it('that it proved last, when it changes', async () => {
      const sub = randomUUID();
      const [older, newer] = [anAddress(), anAddress()];
      await me({ sub, email: older, iat: now - 100 });
      expect((await me({ sub, email: newer, iat: now - 50 })).email).toBe(newer);
      expect((await me({ sub, email: older, iat: now - 100 })).email).toBe(newer);
    });

    it.each([
      ['"true"', 'true'],
      ['"false"', 'false'],
      ['false', false],
      ['1', 1],
      ['null', null],
      ['absent', undefined],
    ])('of nobody, as long as email_verified is %s', async (_, email_verified) => {
      expect((await me({ sub: randomUUID(), email: anAddress(), email_verified })).email).toBeNull();
    });

    it('of nobody, when an access token claims it', async () => {
      expect((await me({ sub: randomUUID(), email: anAddress(), token_use: 'access' })).email).toBeNull();
    });

    it.each([
      ['no address'],
      ['two@at@signs'],
      ['nul\u0000@example.com'],
      ['half\ud800@example.com'],
      [`${'x'.repeat(300)}@example.com`],
      [42],
      [{}],
    ])('of nobody, when the claim is %j', async (email) => {
      expect((await me({ sub: randomUUID(), email })).email).toBeNull();
    });

    it.each([
      ['absent', undefined],
      ['text', 'yesterday'],
      ['before time', -1],
      ['far beyond time', 1e300],
    ])('of nobody, when the time that the token was issued at is %s', async (_, iat) => {
      expect((await me({ sub: randomUUID(), email: anAddress(), iat })).email).toBeNull();
    });
  });

  describe('loses its e-mail address', () => {
    it('to whoever proves it later, in the same step', async () => {
      const [ana, ben] = [randomUUID(), randomUUID()];
      const email = anAddress();
      await me({ sub: ana, email, iat: now - 100 });
      expect((await me({ sub: ben, email, iat: now - 50 })).email).toBe(email);
      expect(await emailOf(ana)).toBeNull();
    });

    it('also to somebody who writes it in capitals', async () => {
      const [ana, ben] = [randomUUID(), randomUUID()];
      const email = anAddress();
      await me({ sub: ana, email, iat: now - 100 });
      await me({ sub: ben, email: email.toUpperCase(), iat: now - 50 });
      expect(await emailOf(ana)).toBeNull();
    });

    it('but not to an older token, which does not steal it back', async () => {
      const [ana, ben] = [randomUUID(), randomUUID()];
      const email = anAddress();
      await me({ sub: ana, email, iat: now - 100 });
      await me({ sub: ben, email, iat: now - 50 });
      expect((await me({ sub: ana, email, iat: now - 90 })).email).toBeNull();
      expect(await emailOf(ben)).toBe(email);
    });

    it('and never ends up with two holders, however many prove it at once', async () => {
      const people = Array.from({ length: 10 }, (_, i) => ({ sub: randomUUID(), iat: now - 100 + i }));
      const email = anAddress();
      await Promise.all(people.map((person) => me({ ...person, email })));
      const holders = await Promise.all(people.map(({ sub }) => emailOf(sub)));
      expect(holders).toEqual(people.map((_, i) => (i === people.length - 1 ? email : null)));
    });
  });

  describe('in the maintenance group', () => {
    async function archive(groups: unknown, expected: number | ((response: Response) => void), body?: unknown) {
      const authorization = `Bearer ${await api.issuer.token({ groups })}`;
      const path = '/api/maintenance/archive-expired-groups';
      const sent = api.anonymous({ method: 'POST', path, headers: { authorization }, body });
      await (typeof expected === 'number' ? sent.expect(expected) : sent.expect(expected));
    }
    const denied = problem(403, 'maintenance_only');

    it('may do maintenance', async () => {
      await archive(['admin'], 200);
      await archive(['other', 'admin'], 200);
    });

    it.each([[undefined], ['admin'], [['administrators']], [[['admin']]], [['Admin']], [{ admin: true }], [[]]])(
      'is not somebody whose groups are %j',
      async (groups) => {
        await archive(groups, denied);
      },
    );

    it('is what counts before the request is looked at', async () => {
      await archive(undefined, denied, { unknown: 1 });
      await archive(undefined, denied, '{broken');
    });
  });
});
