import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-jwt';
import { Environment } from '../config/environment.js';
import { authorizationHeader, bearerToken } from './bearer-token.js';
import { type Claims, type Identity, identityOf } from './identity.js';
import { SigningKeys } from './signing-keys.js';

/** Allowed difference between the issuer's clock and ours. */
export const LEEWAY_S = 60;

type Done = (error: unknown, key?: string) => void;

function verification({ COGNITO_ISSUER }: Environment, signingKeys: SigningKeys) {
  return {
    jwtFromRequest: (request: FastifyRequest) => bearerToken(authorizationHeader(request)),
    secretOrKeyProvider: (_request: FastifyRequest, token: string, done: Done) => {
      signingKeys.forToken(token).then((key) => done(null, key), done);
    },
    algorithms: ['RS256' as const],
    issuer: COGNITO_ISSUER,
    jsonWebTokenOptions: { clockTolerance: LEEWAY_S },
  };
}

/**
 * Verifies a token's signature, issuer, times and client (specification 3.1); the only place that checks signatures.
 * Passport's registry is global: of two applications in one process, the later one's strategy serves both.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(
    private readonly environment: Environment,
    signingKeys: SigningKeys,
  ) {
    super(verification(environment, signingKeys));
  }

  /** False, a refusal, for a token of another client or without an expiry. */
  validate(claims: Claims): Identity | false {
    return identityOf(claims, this.environment) ?? false;
  }
}
