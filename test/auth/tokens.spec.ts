import { describe, expect, it } from '@jest/globals';
import { exportSPKI } from 'jose';
import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import type { Test } from 'supertest';
import { useApi } from '../support/api.js';
import { makeKey } from '../support/issuer.js';
import { bodyOf, problem, type ProblemBody } from '../support/request.js';

const seconds = (): number => Math.floor(Date.now() / 1000);
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('A token', () => {
  const api = useApi();

  const withHeader = (authorization: string): Test =>
    api.anonymous({ method: 'GET', path: '/api/me', headers: { authorization } });
  const withToken = (token: string): Test => withHeader(`Bearer ${token}`);

  async function isRefused(token: string, detail: RegExp = /not accepted/): Promise<void> {
    expect(await bodyOf<ProblemBody>(withToken(token).expect(problem(401, 'unauthenticated')))).toMatchObject({
      detail: expect.stringMatching(detail),
    });
    const { headers } = await withToken(token);
    expect(headers['www-authenticate']).toBe('Bearer error="invalid_token"');
  }

  describe('is accepted', () => {
    it('as an id token and as an access token', async () => {
      await withToken(await api.issuer.token()).expect(200);
      await withToken(await api.issuer.token({ token_use: 'access' })).expect(200);
    });

    it('from each of the configured clients', async () => {
      await withToken(await api.issuer.token({ aud: 'lockin-web' })).expect(200);
      await withToken(await api.issuer.token({ token_use: 'access', client_id: 'lockin-web' })).expect(200);
    });

    it.each(['bearer', 'BEARER', 'Bearer ', 'BeArEr'])('after the scheme "%s"', async (scheme) => {
      await withHeader(`${scheme} ${await api.issuer.token()}`).expect(200);
    });

    it('within a minute of leeway after its end and before its beginning', async () => {
      await withToken(await api.issuer.token({ exp: seconds() - 55 })).expect(200);
      await withToken(await api.issuer.token({ nbf: seconds() + 55 })).expect(200);
    });

    it('again and again', async () => {
      const token = await api.issuer.token();
      const first = await withToken(token).expect(200);
      expect((await withToken(token).expect(200)).body).toEqual(first.body);
    });
  });

  describe('is refused', () => {
    it('when there is none, in a sentence of its own and without an error in the challenge', async () => {
      const call = api.anonymous({ method: 'GET', path: '/api/me' });
      expect((await bodyOf<ProblemBody>(call.expect(problem(401, 'unauthenticated')))).detail).toMatch(/no token/);
      expect((await call).headers['www-authenticate']).toBe('Bearer');
    });

    it('beyond the leeway after its end', () => refusedWith({ exp: seconds() - 61 }, /expired/));
    it('beyond the leeway before its beginning', () => refusedWith({ nbf: seconds() + 65 }));
    it('without an end', () => refusedWith({ exp: undefined }));
    it.each([
      ['"tomorrow"', 'tomorrow'],
      ['an object', {}],
      ['null', null],
    ])('with an end that is %s', (_, exp) => refusedWith({ exp }));
    it('with a beginning that is no number', () => refusedWith({ nbf: 'now' }));

    it('from another issuer', () => refusedWith({ iss: 'https://cognito-idp.example.com/pool' }));
    it('without an issuer', () => refusedWith({ iss: undefined }));
    it('from an issuer that merely begins alike', () =>
      refusedWith({ iss: `${api.issuer.environment.COGNITO_ISSUER}/` }));

    it('for another client', async () => {
      await refusedWith({ aud: 'other' });
      await refusedWith({ aud: undefined });
      await refusedWith({ token_use: 'access', client_id: 'other' });
      await refusedWith({ token_use: 'access', client_id: undefined });
      await refusedWith({ aud: { toString: 'lockin-app' } });
      await refusedWith({ token_use: 'access', client_id: ['lockin-app'] });
    });

    it('when the client stands where the other kind of token has it', async () => {
      await refusedWith({ aud: undefined, client_id: 'lockin-app' });
      await refusedWith({ token_use: 'access', client_id: undefined, aud: 'lockin-app' });
    });

    it.each([['refresh'], [''], [undefined], [['id']], [true]])('for the use %p', (token_use) =>
      refusedWith({ token_use, aud: 'lockin-app', client_id: 'lockin-app' }),
    );

    it.each([
      [''],
      [undefined],
      [null],
      [42],
      [{}],
      ['a'.repeat(256)],
      ['with\u0000nul'],
      ['two words'],
      ['\ud800'],
      ['ünï'],
    ])('with the subject %j', (sub) => refusedWith({ sub }));

    async function refusedWith(claims: Record<string, unknown>, detail?: RegExp): Promise<void> {
      await isRefused(await api.issuer.token(claims), detail);
    }
  });

  describe('is refused as a forgery', () => {
    it('when somebody else signed it', async () => {
      const { privateKey } = await makeKey();
      await isRefused(await api.issuer.token({}, { key: privateKey }));
    });

    it('when it was altered', async () => {
      const [header, payload = '', signature] = (await api.issuer.token()).split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
      await isRefused([header, base64url({ ...claims, 'cognito:groups': ['admin'] }), signature].join('.'));
    });

    it('when it is not signed, whatever the case of "none"', async () => {
      const [, payload] = (await api.issuer.token()).split('.');
      for (const alg of ['none', 'None', 'NONE', '']) {
        await isRefused(`${base64url({ alg, kid: api.issuer.keys[0]?.kid })}.${payload}.`);
        await isRefused(`${base64url({ alg, kid: api.issuer.keys[0]?.kid })}.${payload}.AAAA`);
      }
    });

    it('when the public key was used as the secret of HS256', async () => {
      const key = api.issuer.keys[0];
      const [, payload] = (await api.issuer.token()).split('.');
      const pem = key ? await exportSPKI(key.publicKey) : '';
      for (const secret of [pem, pem.trim(), JSON.stringify(key?.jwk)]) {
        const signed = `${base64url({ alg: 'HS256', kid: key?.kid })}.${payload}`;
        await isRefused(`${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`);
      }
    });

    it('when it claims HS256 but is signed with RSA, or RS512', async () => {
      const [, payload, signature] = (await api.issuer.token()).split('.');
      for (const alg of ['HS256', 'RS512', 'PS256', 'ES256']) {
        await isRefused(`${base64url({ alg, kid: api.issuer.keys[0]?.kid })}.${payload}.${signature}`);
      }
    });

    it('when it brings its own key', async () => {
      const { privateKey, jwk } = await makeKey('mine');
      await isRefused(await api.issuer.token({}, { key: privateKey, header: { jwk, kid: 'mine' } }));
      await isRefused(await api.issuer.token({}, { key: privateKey, header: { jwk } }));
    });

    it('when its key has no name, or none that the issuer knows', async () => {
      await isRefused(await api.issuer.token({}, { header: { kid: undefined } }));
      await isRefused(await api.issuer.token({}, { header: { kid: 'made-up' } }));
      await isRefused(await api.issuer.token({}, { header: { kid: '__proto__' } }));
    });
  });

  describe('is refused as no token at all', () => {
    it.each([
      ['nothing after the scheme', 'Bearer'],
      ['another scheme', 'Basic YW5hOmx1Y2s='],
      ['a word', 'Bearer hello'],
      ['dots', 'Bearer ..'],
      ['two parts', 'Bearer a.b'],
      ['four parts', 'Bearer a.b.c.d'],
      ['no JSON', 'Bearer aaaa.bbbb.cccc'],
      ['JSON that is no object', `Bearer ${base64url(null)}.${base64url(null)}.cccc`],
      ['a payload that is no object', `Bearer ${base64url({ alg: 'RS256', kid: 'x' })}.${base64url('x')}.cccc`],
      ['two tokens', 'Bearer a.b.c, Bearer a.b.c'],
      ['odd characters', 'Bearer a.b.c\u00ff'],
    ])('when it is %s', async (_, header) => {
      await withHeader(header).expect(problem(401, 'unauthenticated'));
    });

    it('when it is larger than 8 kB, however well signed', async () => {
      await isRefused(await api.issuer.token({ padding: 'x'.repeat(10_000) }));
    });

    it('when the header comes twice, though each were good and known', async () => {
      const token = await api.issuer.token();
      await withToken(token).expect(200);
      const problem = await getWithHeaders(api.url, [`Bearer ${token}`, `Bearer ${token}`]);
      expect(problem).toMatchObject({ status: 401, code: 'unauthenticated' });
    });
  });

  it('is never asked for where everybody may go', async () => {
    await api.anonymous({ method: 'GET', path: '/health/live', headers: { authorization: 'Bearer junk' } }).expect(200);
  });

  it('is required before any other response', async () => {
    const path = '/api/groups/not-an-id?unknown=1';
    await api.anonymous({ method: 'PATCH', path, body: { name: 42 } }).expect(problem(401, 'unauthenticated'));
    await api
      .anonymous({ method: 'POST', path: '/api/groups', body: '{broken' })
      .expect(problem(401, 'unauthenticated'));
  });
});

/** Sends a header twice, which fetch() would join. */
function getWithHeaders(url: string, authorization: string[]): Promise<ProblemBody> {
  return new Promise((resolve, reject) => {
    const headers = ['host', '127.0.0.1', ...authorization.flatMap((value) => ['authorization', value])];
    request(`${url}/api/me`, { headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve(JSON.parse(text) as ProblemBody));
    })
      .on('error', reject)
      .end();
  });
}
