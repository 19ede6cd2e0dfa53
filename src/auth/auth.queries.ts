import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';
import type { Identity } from './identity.js';

type Parameters = [
  provider: string,
  subject: string,
  provedEmail: string | null,
  provedAt: string | null,
  issuedAt: string,
];

const signIn = statement<Parameters, { id: string }>('sign_in', 'SELECT sign_in_at($1, $2, $3, $4, $5) AS id');

@Injectable()
export class AuthQueries {
  constructor(private readonly database: Database) {}

  /**
   * The profile behind an identity, made at its first sign-in; `proof` moves the address to it (specification 3.3, 3.4). Refuses
   * what was issued before the account was deleted (specification 9).
   */
  async signIn(provider: string, { subject, proof, issuedAt }: Identity): Promise<string> {
    const row = await this.database.first(
      signIn,
      provider,
      subject,
      proof?.email ?? null,
      proof?.at.toISOString() ?? null,
      issuedAt.toISOString(),
    );
    if (row === undefined) throw new Error('sign_in() answered nothing');
    return row.id;
  }
}
