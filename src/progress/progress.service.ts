import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/user.js';
import type { Json } from '../common/json.js';
import { notFound } from '../common/problem.js';
import type { HistoryQuery, MemberHistory } from './progress.dto.js';
import { ProgressQueries, type Race } from './progress.queries.js';

@Injectable()
export class ProgressService {
  constructor(private readonly progress: ProgressQueries) {}

  async current(me: Caller, group: string): Promise<Race> {
    return (await this.progress.current(me.id, group)) ?? notFound();
  }

  async history(me: Caller, group: string, query: HistoryQuery): Promise<Json<MemberHistory[]>> {
    return (await this.progress.history(me.id, group, query)) ?? notFound();
  }
}
