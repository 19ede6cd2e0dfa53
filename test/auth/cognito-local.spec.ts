import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AdminConfirmSignUpCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalCognito, startCognito } from '../../local/cognito.js';
import { DEMO_PASSWORD, demoUsers } from '../../local/demo-users.js';
import { freePort } from '../../local/ports.js';
import type { Me } from '../../src/profiles/profiles.dto.js';
import { type Api, startApi } from '../support/api.js';
import { bodyOf } from '../support/request.js';

describe("With Amazon's own client", () => {
  let folder: string;
  let cognito: LocalCognito;
  let client: CognitoIdentityProviderClient;
  let api: Api;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockin-cognito-'));
    cognito = await startCognito(folder, await freePort(), demoUsers, 'admin');
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    client = new CognitoIdentityProviderClient({ region: 'local', endpoint: cognito.url, credentials });
    api = await startApi({
      COGNITO_ISSUER: cognito.issuer,
      COGNITO_CLIENT_IDS: cognito.clientId,
      COGNITO_JWKS_URI: `${cognito.issuer}/.well-known/jwks.json`,
    });
  });

  afterAll(async () => {
    await api.stop();
    client.destroy();
    await cognito.stop();
    await rm(folder, { recursive: true });
  });

  async function signIn(USERNAME: string, PASSWORD: string): Promise<{ idToken: string; accessToken: string }> {
    const AuthParameters = { USERNAME, PASSWORD };
    const command = new InitiateAuthCommand({
      ClientId: cognito.clientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters,
    });
    const { AuthenticationResult: result } = await client.send(command);
    return { idToken: result?.IdToken ?? '', accessToken: result?.AccessToken ?? '' };
  }

  const me = (token: string): Promise<Me> =>
    bodyOf<Me>(
      api.anonymous({ method: 'GET', path: '/api/me', headers: { authorization: `Bearer ${token}` } }).expect(200),
    );

  it('somebody signs up, signs in, and is one person with either token', async () => {
    const email = `${randomUUID()}@example.com`;
    const Password = 'Focus-time-1';
    const attributes = [{ Name: 'email', Value: email }];
    const { UserSub } = await client.send(
      new SignUpCommand({ ClientId: cognito.clientId, Username: email, Password, UserAttributes: attributes }),
    );
    const UserPoolId = cognito.issuer.split('/').at(-1) ?? '';
    await client.send(new AdminConfirmSignUpCommand({ UserPoolId, Username: email }));

    const { idToken, accessToken } = await signIn(email, Password);
    const first = await me(accessToken);
    expect(first.email).toBeNull();
    expect((await me(idToken)).id).toBe(first.id);

    const { rows } = await api.database.query('SELECT provider, subject FROM auth_identities WHERE profile_id = $1', [
      first.id,
    ]);
    expect(rows).toEqual([{ provider: 'cognito', subject: UserSub }]);
  });

  it('a demo person brings the e-mail address along, and only maintenance may do maintenance', async () => {
    for (const person of demoUsers) {
      const { idToken, accessToken } = await signIn(person.email, DEMO_PASSWORD);
      expect((await me(idToken)).email).toBe(person.email);
      for (const token of [idToken, accessToken]) {
        const path = '/api/maintenance/archive-expired-groups';
        const call = api.anonymous({ method: 'POST', path, headers: { authorization: `Bearer ${token}` } });
        await call.expect(person.maintenance ? 200 : 403);
      }
    }
  });

  it('a wrong password signs nobody in', async () => {
    await expect(signIn(demoUsers[0]?.email ?? '', 'wrong')).rejects.toThrow(/password/i);
  });
});
