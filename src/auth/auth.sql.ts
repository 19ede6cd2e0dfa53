import { statement } from '../database/database.js';

type Parameters = [
  provider: string,
  subject: string,
  provedEmail: string | null,
  provedAt: string | null,
  issuedAt: string,
];

/**
 * The profile of an identity, created at its first sign-in (specification 3.3, 3.4). Error: LK401 if the token was issued
 * before the account was deleted (specification 9).
 */
export const signIn = statement<Parameters, { id: string }>('sign_in', 'SELECT sign_in_at($1, $2, $3, $4, $5) AS id');
