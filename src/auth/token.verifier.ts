import { Injectable } from '@nestjs/common';
import { Strategy } from 'passport-jwt';
import { Environment } from '../config/environment.js';
import { Problem } from '../common/problem.js';
import { type Claims, type Identity, identityOf } from './identity.js';
import { SigningKeys } from './signing-keys.js';

/** How far the issuer's clock and ours may differ. */
export const LEEWAY_S = 60;

/** Tells who a token stands for, or refuses it: the one place where signatures are checked (specification 3.1). */
@Injectable()
export class TokenVerifier {
  constructor(
    private readonly environment: Environment,
    private readonly keys: SigningKeys,
  ) {}

  async verify(token: string): Promise<Identity> {
    const key = await this.keyOf(token);
    const identity = identityOf(await this.checked(token, key), this.environment);
    return identity ?? refuse('unaccepted');
  }

  /** Looked up ahead of passport-jwt, which would turn an issuer that is away into a 401. */
  private async keyOf(token: string): Promise<string> {
    const { alg, kid } = headerOf(token);
    if (alg !== 'RS256' || typeof kid !== 'string') refuse('unaccepted');
    return (await this.keys.find(kid)) ?? refuse('unaccepted');
  }

  /** passport-jwt's strategy without the rest of passport, which wants a request and a response. */
  private async checked(token: string, key: string): Promise<Claims> {
    const options = {
      jwtFromRequest: () => token,
      secretOrKey: key,
      algorithms: ['RS256' as const],
      issuer: this.environment.COGNITO_ISSUER,
      jsonWebTokenOptions: { clockTolerance: LEEWAY_S },
    };
    try {
      return await new Promise<Claims>((resolve, reject) => {
        const strategy = new Strategy(options, (claims: Claims, done) => done(null, claims));
        Object.assign(strategy, { success: resolve, fail: reject, error: reject });
        strategy.authenticate({} as Parameters<Strategy['authenticate']>[0]);
      });
    } catch (error) {
      return refuse(error instanceof Error && error.name === 'TokenExpiredError' ? 'expired' : 'unaccepted');
    }
  }
}

function headerOf(token: string): Claims {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString());
    return typeof header === 'object' && header !== null ? (header as Claims) : {};
  } catch {
    return {};
  }
}

const refusals = {
  missing: { detail: 'Please sign in: this request carries no token.' },
  expired: { detail: 'Your sign-in has expired. Please sign in again.', challenge: 'error="invalid_token"' },
  unaccepted: {
    detail: 'Your sign-in is not accepted here. Please sign in again.',
    challenge: 'error="invalid_token"',
  },
};

export function refuse(reason: keyof typeof refusals): never {
  throw new Problem('unauthenticated', refusals[reason]);
}
