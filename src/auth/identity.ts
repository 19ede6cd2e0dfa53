import type { Environment } from '../config/environment.js';
import { isEmailAddress } from '../common/fields.js';

/** What a verified token says about the person who brings it. */
export interface Identity {
  /** The `sub`: the same in both token kinds of a person. */
  readonly subject: string;
  readonly maintenance: boolean;
  /** `exp`, in milliseconds. */
  readonly expiresAt: number;
  /** When the person signed in (`auth_time`), else when the token was issued: one from before a deletion is refused. */
  readonly issuedAt: Date;
  /** The address that this token proves, and when it was issued; nothing for most tokens. */
  readonly proof?: { readonly email: string; readonly at: Date };
}

export type Claims = Readonly<Record<string, unknown>>;

type Settings = Pick<Environment, 'COGNITO_CLIENT_IDS' | 'MAINTENANCE_GROUP'>;

/** OpenID Connect's own limits for a subject: 255 characters of ASCII. */
const SUBJECT = /^[\x21-\x7e]{1,255}$/;

/** The year 2100, in seconds, where time ends for this API (specification 1). */
const END_OF_TIME = Date.UTC(2100) / 1000;

/** Reads claims whose signature, issuer and times are verified already (specification 3.1, 3.4); undefined if not meant for us. */
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

/** A token that does not tell counts as old as can be. */
function timeOf(seconds: unknown): Date {
  const tells = typeof seconds === 'number' && seconds > 0 && seconds < END_OF_TIME;
  return new Date(tells ? seconds * 1000 : 0);
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
