import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export const CLIENT_ID = 'bench';

export interface Issuer {
  readonly url: string;
  /** Returns an Authorization header with an access token in Cognito's format, valid for two hours. */
  authorization(subject: string): Promise<string>;
  stop(): void;
}

/** Starts an issuer with one signing key, whose JWKS is served on the loopback interface. */
export async function startIssuer(): Promise<Issuer> {
  const kid = 'bench';
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }] });
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(keys);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pool`;
  const authorization = async (subject: string): Promise<string> => {
    const claims = { token_use: 'access', client_id: CLIENT_ID, scope: 'openid' };
    const token = new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).setIssuer(url).setSubject(subject);
    return `Bearer ${await token.setIssuedAt().setExpirationTime('2h').sign(privateKey)}`;
  };
  return { url, authorization, stop: () => server.close() };
}
