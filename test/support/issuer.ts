import { randomUUID } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

export const CLIENT_ID = 'lockin-app';

export interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

/** Claims of a token; undefined omits a default claim. */
export interface TokenClaims {
  sub?: unknown;
  email?: unknown;
  email_verified?: unknown;
  token_use?: unknown;
  groups?: unknown;
  [claim: string]: unknown;
}

/** Another key, or other header fields such as `kid` and `alg`. */
export interface Signing {
  key?: CryptoKey;
  header?: Record<string, unknown>;
}

/** A fake Cognito user pool on its own port. */
export interface Issuer {
  /** The API's settings for this issuer. */
  readonly environment: { COGNITO_ISSUER: string; COGNITO_CLIENT_IDS: string; COGNITO_JWKS_URI: string };
  /** The number of JWKS requests. */
  readonly requests: number;
  readonly keys: readonly SigningKey[];
  /** A token that expires in an hour: an id token, or an access token with `token_use: 'access'`. */
  token(wishes?: TokenClaims, signing?: Signing): Promise<string>;
  /** Signs with a new key from now on. The older keys stay published unless `forget` is set. */
  rotate(options?: { forget?: boolean }): Promise<void>;
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  /** Delays every response. */
  slow(ms: number): void;
  /** Responds with this text instead of the keys. */
  garble(body: string | undefined): void;
  stop(): Promise<void>;
}

export async function makeKey(kid: string = randomUUID()): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  return { kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } };
}

export async function startIssuer(): Promise<Issuer> {
  const server = new KeyServer();
  server.publish([await makeKey()]);
  await server.listen();
  const issuer = `http://127.0.0.1:${server.port}/pool`;

  return {
    environment: {
      COGNITO_ISSUER: issuer,
      COGNITO_CLIENT_IDS: `${CLIENT_ID},lockin-web`,
      COGNITO_JWKS_URI: `${issuer}/.well-known/jwks.json`,
    },
    get requests() {
      return server.requests;
    },
    get keys() {
      return server.keys;
    },
    token: (wishes = {}, signing = {}) => sign(claimsOf(issuer, wishes), server.current, signing),
    rotate: async ({ forget = false } = {}) => server.publish([...(forget ? [] : server.keys), await makeKey()]),
    goDown: () => server.close(),
    comeBack: () => server.listen(),
    slow: (ms) => {
      server.delay = ms;
    },
    garble: (body) => {
      server.garbled = body;
    },
    stop: () => server.close(),
  };
}

function claimsOf(iss: string, { groups, ...wishes }: TokenClaims): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  const use = wishes.token_use ?? 'id';
  const client = use === 'access' ? { client_id: CLIENT_ID, scope: 'openid' } : { aud: CLIENT_ID };
  const verified = wishes.email === undefined ? {} : { email_verified: true };
  const membership = groups === undefined ? {} : { 'cognito:groups': groups };
  const usual = {
    iss,
    sub: randomUUID(),
    token_use: use,
    auth_time: now,
    iat: now,
    exp: now + 3600,
    jti: randomUUID(),
  };
  return { ...usual, ...client, ...verified, ...membership, ...wishes };
}

async function sign(claims: Record<string, unknown>, current: SigningKey, { key, header }: Signing): Promise<string> {
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: current.kid, ...header })
    .sign(key ?? current.privateKey);
}

class KeyServer {
  keys: SigningKey[] = [];
  requests = 0;
  port = 0;
  delay = 0;
  garbled: string | undefined;
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();

  get current(): SigningKey {
    return this.keys[this.keys.length - 1]!;
  }

  publish(keys: SigningKey[]): void {
    this.keys = keys;
  }

  async listen(): Promise<void> {
    const server = createServer((_, response) => void this.answer(response));
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    for (const socket of this.sockets) socket.destroy();
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  private async answer(response: ServerResponse): Promise<void> {
    this.requests++;
    if (this.delay > 0) await after(this.delay, undefined, { ref: false });
    response.setHeader('content-type', 'application/json');
    response.end(this.garbled ?? JSON.stringify({ keys: this.keys.map((key) => key.jwk) }));
  }
}
