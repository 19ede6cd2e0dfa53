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

export interface OpenStream {
  readonly stream: string;
  readonly person: string;
  readonly group: string;
}

const race = statement<[group: string], LiveRace>(
  'watched_race',
  'SELECT body, members, changes_in FROM watched_race($1, to_ms(now()))',
);

const open = statement<[caller: string, group: string, stream: string, process: string], object>(
  'live_open_stream',
  'SELECT register_stream($1, $2, $3, $4, now())',
);

const restore = statement<[process: string, streams: string[], people: string[], groups: string[]], object>(
  'live_restore_streams',
  'SELECT restore_streams($1, $2, $3, $4)',
);

const close = statement<[streams: string[]], object>(
  'live_close_streams',
  'DELETE FROM live_streams WHERE id = ANY ($1)',
);

const keep = statement<[process: string], object>('live_keep_process', 'SELECT record_process_heartbeat($1, now())');

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

  /** Counts what is open already, in case the database has forgotten it. */
  async restoreStreams(process: string, open: readonly OpenStream[]): Promise<void> {
    const streams = open.map(({ stream }) => stream);
    const people = open.map(({ person }) => person);
    const groups = open.map(({ group }) => group);
    await this.database.one(restore, process, streams, people, groups);
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
