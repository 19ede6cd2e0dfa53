import { type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Outage } from '../common/outage.js';
import { Problem } from '../common/problem.js';
import { authorizationHeader, bearerToken } from './bearer-token.js';
import { AuthService } from './auth.service.js';
import type { Identity } from './identity.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { RouteAccess } from './route-access.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What JwtStrategy read from the token, until it is a user. */
    identity?: Identity;
  }
}

/** Tokens of other clients of the pool may come now and then. */
const QUIET_MS = 60_000;

/**
 * Requires a valid token on every route that is not `@Public()`; tokens verified lately come from AuthService's cache. Then
 * the rate limit counts the user, or the IP address whose token was refused: so that bad tokens do not use up the limit of valid ones.
 */
@Injectable()
export class JwtAuthGuard extends AuthGuard('jwt') {
  private readonly misconfiguration = new Outage(
    new Logger(JwtAuthGuard.name),
    'tokens of the issuer refused',
    'tokens of the issuer accepted again',
    QUIET_MS,
  );

  constructor(
    private readonly access: RouteAccess,
    private readonly auth: AuthService,
    private readonly rateLimit: RateLimitGuard,
  ) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const { isPublic, isMaintenance } = this.access.of(context);
    if (isPublic) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const header = authorizationHeader(request);
    try {
      // One key for a token, however the header writes it.
      const key = bearerToken(header) ?? header;
      request.user = this.auth.currentUser(key) ?? (await this.auth.signIn(key, () => this.verify(header, context)));
    } catch (error) {
      if (error instanceof Problem && error.status === 401) await this.rateLimit.canActivate(context);
      throw error;
    }
    await this.rateLimit.canActivate(context);
    if (isMaintenance && !request.user.maintenance) throw new Problem('maintenance_only');
    return true;
  }

  override getAuthenticateOptions(): { property: string } {
    return { property: 'identity' };
  }

  /** `info` says why the token was refused; the strategy also passes there that the signing keys cannot be read (503). */
  override handleRequest<T>(error: unknown, identity: T | false, info: unknown): T {
    if (error) throw error as Error;
    if (identity) {
      this.misconfiguration.succeeded();
      return identity;
    }
    if (info instanceof Problem) throw info;
    const mismatch = mismatchOf(info);
    if (mismatch !== undefined) this.misconfiguration.failed(mismatch, mismatch);
    throw unauthenticated(info instanceof Error && info.name === 'TokenExpiredError' ? 'expired' : 'unaccepted');
  }

  private async verify(header: string, context: ExecutionContext): Promise<Identity> {
    if (header === '') throw unauthenticated('missing');
    await super.canActivate(context);
    return context.switchToHttp().getRequest<FastifyRequest>().identity as Identity;
  }
}

/** The setting that a token with a valid signature does not match; others cannot write to the log. */
function mismatchOf(info: unknown): string | undefined {
  if (info === undefined) return 'they are for another client than COGNITO_CLIENT_IDS';
  const { message } = info as Error;
  return message.startsWith('jwt issuer invalid') ? 'they name another issuer than COGNITO_ISSUER' : undefined;
}

const refusals = {
  missing: { detail: 'Please sign in: this request carries no token.' },
  expired: { detail: 'Your sign-in has expired. Please sign in again.', challenge: 'error="invalid_token"' },
  unaccepted: {
    detail: 'Your sign-in is not accepted here. Please sign in again.',
    challenge: 'error="invalid_token"',
  },
};

function unauthenticated(reason: keyof typeof refusals): Problem {
  return new Problem('unauthenticated', refusals[reason]);
}
