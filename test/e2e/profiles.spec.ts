import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import { bodyOf, problem, type ProblemBody } from '../support/request.js';
import { createGroup } from '../support/factories.js';
import { done, refused, type Schema, where } from '../support/sdk.js';

const api = useApi();
let ana: Person;

beforeAll(async () => {
  ana = await api.person('Ana', { email: 'ana@example.com' });
});

type Image = Schema<'CreateAvatarUpload'>;

const upload = (content_type: Image['content_type'] = 'image/png', content_length = 1000) =>
  done(ana.api.POST('/api/profiles/avatar/upload-url', { body: { content_type, content_length } }));

describe('The profile', () => {
  it('is the caller’s, with memberships and unread notifications', async () => {
    const group = await createGroup(ana);
    expect(await done(ana.api.GET('/api/me'))).toMatchObject({
      id: ana.id,
      email: 'ana@example.com',
      display_name: 'Ana',
      avatar_url: null,
      memberships: [{ group_id: group.id, name: group.name, status: 'active', role: 'owner' }],
      unread_notifications: 0,
    });
  });

  it('changes the sent fields only; null clears a field', async () => {
    const { avatar_url } = await upload();
    const changed = await done(ana.api.PATCH('/api/me', { body: { display_name: '  Ana B. ', avatar_url } }));
    expect(changed).toMatchObject({ display_name: 'Ana B.', avatar_url });
    expect(await done(ana.api.PATCH('/api/me', { body: {} }))).toEqual(changed);
    expect(await done(ana.api.PATCH('/api/me', { body: { avatar_url: null } }))).toMatchObject({
      display_name: 'Ana B.',
      avatar_url: null,
    });
    expect(await done(ana.api.PATCH('/api/me', { body: { display_name: null } }))).toMatchObject({
      display_name: null,
    });
    await done(ana.api.PATCH('/api/me', { body: { display_name: 'Ana' } }));
  });

  it('has a display_name of 1..80 visible characters', async () => {
    for (const display_name of ['', '   ', 'x'.repeat(81), '🦉'.repeat(81), 7, ['Ana'], { $ne: '' }]) {
      const { errors } = await bodyOf<ProblemBody>(
        ana.patch('/api/me', { display_name }).expect(problem(400, 'invalid_request')),
      );
      expect(errors).toMatchObject([{ pointer: '/display_name' }]);
    }
    for (const display_name of ['🦉'.repeat(80), '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}', 'א', 'Ana']) {
      expect(await done(ana.api.PATCH('/api/me', { body: { display_name } }))).toMatchObject({ display_name });
    }
  });

  it('does not accept id, email or timestamps', async () => {
    const { errors } = await bodyOf<ProblemBody>(
      ana
        .patch('/api/me', { id: ana.id, email: 'x@example.com', created_at: '2026-01-01T00:00:00Z' })
        .expect(problem(400, 'invalid_request')),
    );
    expect(errors?.map(({ pointer }) => pointer)).toEqual(['/id', '/email', '/created_at']);
  });
});

describe('An avatar', () => {
  const base = 'https://avatars.example.com';

  it('is uploaded under the caller’s own prefix, to a new address every time', async () => {
    const [first, second] = [await upload(), await upload('image/webp')];
    expect(first.avatar_url).toMatch(new RegExp(`^${base}/avatars/${ana.id}/[^/]+\\.png$`));
    expect(second.avatar_url).toMatch(/\.webp$/);
    expect(first).toMatchObject({ method: 'PUT', headers: { 'content-type': 'image/png', 'content-length': '1000' } });
    expect((await upload('image/jpeg')).avatar_url).toMatch(/\.jpg$/);
    expect((await upload()).avatar_url).not.toBe(first.avatar_url);
    const signed = new URL(first.url).searchParams.get('X-Amz-SignedHeaders')?.split(';');
    expect(signed).toEqual(expect.arrayContaining(['content-length', 'content-type', 'host']));
    expect(Date.parse(first.expires_at)).toBeGreaterThan(Date.now());
  });

  it.each([
    ['image/gif', 1000, '/content_type'],
    ['image/svg+xml', 1000, '/content_type'],
    ['IMAGE/PNG', 1000, '/content_type'],
    ['image/png', 0, '/content_length'],
    ['image/png', 5 * 1024 * 1024 + 1, '/content_length'],
    ['image/png', '1000', '/content_length'],
    ['image/png', 1.5, '/content_length'],
  ])('of %s with %s bytes is rejected', async (type, length, pointer) => {
    const body = { content_type: type, content_length: length };
    const { errors } = await bodyOf<ProblemBody>(
      ana.post('/api/profiles/avatar/upload-url', body).expect(problem(400, 'invalid_request')),
    );
    expect(errors).toMatchObject([{ pointer }]);
  });

  it('of 5 MiB is accepted', () => upload('image/png', 5 * 1024 * 1024));

  it('must be the caller’s own: any other address is a 400', async () => {
    const ben = await api.person('Ben');
    const own = `${base}/avatars/${ana.id}`;
    for (const avatar_url of [
      'https://evil.example.com/avatars/x.png',
      `https://evil.example.com/${own}/x.png`,
      `${base}/avatars/${ben.id}/0b5e8c1a-5d0f-4c8e-9a3b-6f2d1e7c4a10.png`,
      `${own}/../${ben.id}/0b5e8c1a-5d0f-4c8e-9a3b-6f2d1e7c4a10.png`,
      `${own}/%2e%2e/${ben.id}/0b5e8c1a-5d0f-4c8e-9a3b-6f2d1e7c4a10.png`,
      `${own}.evil.com/x.png`,
      `${own}/x.png?redirect=https://evil.example.com`,
      `${own}/`,
      own,
      'javascript:alert(1)',
      `http://avatars.example.com/avatars/${ana.id}/0b5e8c1a-5d0f-4c8e-9a3b-6f2d1e7c4a10.png`,
      '',
      7,
    ]) {
      const { errors } = await bodyOf<ProblemBody>(
        ana.patch('/api/me', { avatar_url }).expect(problem(400, 'invalid_request')),
      );
      expect(errors).toMatchObject([{ pointer: '/avatar_url' }]);
    }
  });
});

describe('Looking a profile up', () => {
  const lookup = (email: string) => ana.api.GET('/api/profiles/lookup', where({ email }));

  it('finds the exact address in any case, also the caller’s own, and returns no e-mail', async () => {
    await api.database.query('TRUNCATE rate_limit_uses');
    const ben = await api.person('Ben', { email: 'Ben.B+focus@Example.com' });
    const found = await done(lookup('ben.b+FOCUS@example.com'));
    expect(found).toEqual({ id: ben.id, display_name: 'Ben', avatar_url: null });
    expect(await done(lookup(' ana@example.com '))).toMatchObject({ id: ana.id });
  });

  it('finds nobody by wildcards, parts and unknown addresses', async () => {
    for (const email of ['%@example.com', 'ben.b+focus@example.co', 'nobody@example.com', '_na@example.com']) {
      await refused(lookup(email), 'not_found');
    }
    await refused(lookup("ana@example.com' OR '1'='1"), 'invalid_request');
  });

  it('requires exactly one address', async () => {
    for (const query of ['', '?email=', '?email=ana', '?email=a@example.com&email=b@example.com', '?email[$ne]=']) {
      await ana.get(`/api/profiles/lookup${query}`).expect(problem(400, 'invalid_request'));
    }
  });

  it('does not find an unverified address, or one from an access token', async () => {
    await api.database.query('TRUNCATE rate_limit_uses');
    await api.person('Una', { email: 'una@example.com', email_verified: false });
    await api.person('Ula', { email: 'ula@example.com', email_verified: 'true' });
    await api.person('Uma', { email: 'uma@example.com', token_use: 'access' });
    for (const email of ['una@example.com', 'ula@example.com', 'uma@example.com'])
      await refused(lookup(email), 'not_found');
  });
});
