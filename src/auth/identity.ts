import type { Environment } from '../config/environment.js';
import { isEmailAddress } from '../common/fields.js';

/** What a verified token says about its user. */
export interface Identity {
  /** The `sub`, the same in both kinds of token. */
  readonly subject: string;
  readonly maintenance: boolean;
  /** `exp`, in milliseconds. */
  readonly expiresAt: number;
  /** `auth_time`, else `iat`: a token from before the account's deletion is refused. */
  readonly issuedAt: Date;
  /** A verified e-mail address and the token's `iat`; most tokens have none. */
  readonly proof?: { readonly email: string; readonly at: Date };
}

export type Claims = Readonly<Record<string, unknown>>;

type Settings = Pick<Environment, 'COGNITO_CLIENT_IDS' | 'MAINTENANCE_GROUP'>;

/** OpenID Connect limits a subject to 255 ASCII characters. */
const SUBJECT = /^[\x21-\x7e]{1,255}$/;

/** The year 2100, in seconds: later instants are invalid (specification 1). */
const END_OF_TIME = Date.UTC(2100) / 1000;

/** Reads verified claims (specification 3.1, 3.4); undefined if the token is for another client. */
export function identityOf(claims: Claims, settings: Settings): Identity | undefined {
  const { sub, exp, auth_time, iat } = claims;
  if (typeof exp !== 'number' || typeof sub !== 'string' || !SUBJECT.test(sub)) return undefined;
  if (!issuedToUs(claims, settings.COGNITO_CLIENT_IDS)) return undefined;

  const groups = claims['cognito:groups'];
  const maintenance = Array.isArray(groups) && groups.includes(settings.MAINTENANCE_GROUP);
  return {
    subject: sub,
    maintenance,
    expiresAt: exp * 1000,
    issuedAt: timeOf(auth_time ?? iat),
    proof: proofOf(claims),
  };
}

/** A missing or invalid time counts as 1970: such a token is refused after any deletion of its account. */
function timeOf(seconds: unknown): Date {
  const isValid = typeof seconds === 'number' && seconds > 0 && seconds < END_OF_TIME;
  return new Date(isValid ? seconds * 1000 : 0);
}

function issuedToUs(claims: Claims, clients: readonly string[]): boolean {
  if (claims.token_use === 'access') return isOneOf(clients, claims.client_id);
  if (claims.token_use === 'id') return [claims.aud].flat().some((audience) => isOneOf(clients, audience));
  return false;
}

function isOneOf(clients: readonly string[], client: unknown): boolean {
  return typeof client === 'string' && clients.includes(client);
}

function proofOf({ token_use, email, email_verified, iat }: Claims): Identity['proof'] {
  if (token_use !== 'id' || email_verified !== true || typeof email !== 'string' || typeof iat !== 'number')
    return undefined;
  if (!isEmailAddress(email)) return undefined;
  return iat > 0 && iat < END_OF_TIME ? { email, at: new Date(iat * 1000) } : undefined;
}
