import { describe, expect, it } from '@jest/globals';
import { docsSignIn } from '../../src/server/docs/sign-in.js';
import { startApi, useApi } from '../support/api.js';

const COGNITO_CLIENT_IDS = ['lockin-web', 'lockin-app'];
const COGNITO_DOMAIN = 'lockin.auth.eu-west-1.amazoncognito.com';

describe('People sign in at /docs', () => {
  it('with their password where the local stack takes it', () => {
    const { scheme, oauth } = docsSignIn({ LOCAL_TOKEN_URL: '/local/token', COGNITO_DOMAIN, COGNITO_CLIENT_IDS });
    expect(scheme).toMatchObject({ type: 'oauth2', flows: { password: { tokenUrl: '/local/token' } } });
    expect(oauth).toBeUndefined();
  });

  it.each([[COGNITO_DOMAIN], [`https://${COGNITO_DOMAIN}/`]])(
    "on Cognito's own page at %s, by code and PKCE",
    (domain) => {
      const { scheme, oauth, tokenName } = docsSignIn({ COGNITO_DOMAIN: domain, COGNITO_CLIENT_IDS });
      const authorizationCode = {
        authorizationUrl: `https://${COGNITO_DOMAIN}/oauth2/authorize`,
        tokenUrl: `https://${COGNITO_DOMAIN}/oauth2/token`,
      };
      expect(scheme).toMatchObject({ type: 'oauth2', 'x-tokenName': 'id_token', flows: { authorizationCode } });
      expect(oauth).toEqual({
        clientId: 'lockin-web',
        scopes: 'openid email',
        usePkceWithAuthorizationCodeGrant: true,
      });
      expect(tokenName).toBe('id_token');
    },
  );

  it('with a token where there is neither', () => {
    expect(docsSignIn({ COGNITO_CLIENT_IDS }).scheme).toMatchObject({ type: 'http', scheme: 'bearer' });
  });
});

describe('The page at /docs', () => {
  const api = useApi({ DOCS_ENABLED: 'true', COGNITO_DOMAIN });

  const page = (path: string): Promise<Response> => fetch(api.url + path);

  it('is served with and without a slash, and comes with all it needs', async () => {
    for (const path of ['/docs', '/docs/']) {
      const response = await page(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const needed = [...(await response.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? '');
      expect(needed.length).toBeGreaterThanOrEqual(5);
      for (const url of needed) expect((await page(url)).status).toBe(200);
    }
    expect((await page('/openapi.json')).status).toBe(200);
  });

  it('allows nothing inline and nothing from elsewhere but the exchange of a code at Cognito', async () => {
    const policy = (await page('/docs')).headers.get('content-security-policy') ?? '';
    expect(policy).not.toMatch(/unsafe/);
    expect(policy).toMatch("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(policy).toMatch(`connect-src 'self' https://${COGNITO_DOMAIN};`);
  });

  it("lets Cognito's window find its way back", async () => {
    const openers = async (path: string) => (await page(path)).headers.get('cross-origin-opener-policy');
    expect(await openers('/docs')).toBe('same-origin-allow-popups');
    expect(await openers('/docs/oauth2-redirect.html')).toBe('unsafe-none');
  });

  it('is not there where it is switched off', async () => {
    const without = await startApi({ DOCS_ENABLED: 'false' });
    for (const path of ['/', '/docs', '/docs/', '/docs/docs.js'])
      expect((await fetch(without.url + path)).status).toBe(404);
    await without.stop();
  });
});
