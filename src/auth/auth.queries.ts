import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';

type Parameters = [provider: string, subject: string, provedEmail: string | null, provedAt: string | null];

const signIn = statement<Parameters, { id: string }>('sign_in', 'SELECT sign_in($1, $2, $3, $4) AS id');

@Injectable()
export class AuthQueries {
  constructor(private readonly database: Database) {}

  /** The profile behind an identity, made at its first sign-in; `proof` moves the address to it (SPEC 3.3, 3.4). */
  async signIn(provider: string, subject: string, proof?: { email: string; at: Date }): Promise<string> {
    const row = await this.database.first(
      signIn,
      provider,
      subject,
      proof?.email ?? null,
      proof?.at.toISOString() ?? null,
    );
    if (row === undefined) throw new Error('sign_in() answered nothing');
    return row.id;
  }
}
