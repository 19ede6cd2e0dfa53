import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { notFound } from '../http/problem.js';
import { ProgressQueries, type Race } from './progress.queries.js';

@Injectable()
export class ProgressService {
  constructor(private readonly progress: ProgressQueries) {}

  async current(me: Caller, group: string): Promise<Race> {
    return (await this.progress.current(me.id, group)) ?? notFound();
  }
}
