import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';
import type { Json } from '../http/json.js';
import type { Progress } from './progress.dto.js';

export interface Race {
  etag: string;
  body: Json<Progress>;
}

export const current = statement<[viewer: string, group: string], Race | { etag: null; body: null }>(
  'progress_current',
  'SELECT etag, body FROM race($1, $2, to_ms(now()))',
);

@Injectable()
export class ProgressQueries {
  constructor(private readonly database: Database) {}

  /** The race as a member of the group sees it, or nothing for anybody else. */
  async current(viewer: string, group: string): Promise<Race | undefined> {
    const race = await this.database.one(current, viewer, group);
    return race.etag === null ? undefined : race;
  }
}
