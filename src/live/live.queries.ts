import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';
import type { Json } from '../http/json.js';
import type { Progress } from '../progress/progress.dto.js';

/** A race as all who watch it see it; everything is null where there is no such group. */
export interface LiveRace {
  readonly body: Json<Progress> | null;
  /** Who may see it. */
  readonly members: string[] | null;
  /** Milliseconds until it changes though nobody does anything; null for never. */
  readonly changes_in: number | null;
}

const race = statement<[group: string], LiveRace>(
  'live_race',
  'SELECT body, members, changes_in FROM live_race($1, to_ms(now()))',
);

const open = statement<[caller: string, group: string, stream: string, process: string], object>(
  'live_open_stream',
  'SELECT open_stream($1, $2, $3, $4, now())',
);

const close = statement<[streams: string[]], object>(
  'live_close_streams',
  'DELETE FROM live_streams WHERE id = ANY ($1)',
);

const keep = statement<[process: string], object>('live_keep_process', 'SELECT keep_live_process($1, now())');

const leave = statement<[process: string], object>('live_leave', 'DELETE FROM live_processes WHERE id = $1');

@Injectable()
export class LiveQueries {
  constructor(private readonly database: Database) {}

  race(group: string): Promise<LiveRace> {
    return this.database.one(race, group);
  }

  /** Counts a stream; refuses whoever is no member, and a stream too many. */
  async openStream(caller: string, group: string, stream: string, process: string): Promise<void> {
    await this.database.one(open, caller, group, stream, process);
  }

  async closeStreams(streams: string[]): Promise<void> {
    await this.database.all(close, streams);
  }

  /** Without it the streams of a process soon no longer count. */
  async keepProcess(process: string): Promise<void> {
    await this.database.one(keep, process);
  }

  /** Takes the streams of a process along. */
  async forgetProcess(process: string): Promise<void> {
    await this.database.all(leave, process);
  }
}
