import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../database/database.js';
import type { Json } from '../../common/json.js';
import type { Progress } from '../progress.dto.js';

/** A race as all who watch it see it; everything is null where there is no such group. */
export interface LiveRace {
  readonly body: Json<Progress> | null;
  /** Who may see it. */
  readonly members: string[] | null;
  /** Milliseconds until it changes though nobody does anything; null for never. */
  readonly changes_in: number | null;
}

const race = statement<[group: string], LiveRace>(
  'watched_race',
  'SELECT body, members, changes_in FROM watched_race($1, to_ms(now()))',
);

const open = statement<[caller: string, group: string, stream: string, process: string], object>(
  'live_open_stream',
  'SELECT register_stream($1, $2, $3, $4, now())',
);

const restore = statement<[process: string, streams: string[], people: string[]], object>(
  'live_restore_streams',
  `INSERT INTO live_streams (id, process_id, user_id)
   SELECT o.id, $1, o.user_id FROM unnest($2::uuid[], $3::uuid[]) o (id, user_id)
   ON CONFLICT ON CONSTRAINT live_streams_pkey DO NOTHING`,
);

const close = statement<[streams: string[]], object>(
  'live_close_streams',
  'DELETE FROM live_streams WHERE id = ANY ($1)',
);

const keep = statement<[process: string], { another_died: boolean }>(
  'live_keep_process',
  'SELECT record_process_heartbeat($1, now()) AS another_died',
);

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

  /** Counts what is open already, in case the database has forgotten it; `streams` are people by the ids of streams. */
  async restoreStreams(process: string, streams: ReadonlyMap<string, string>): Promise<void> {
    await this.database.all(restore, process, [...streams.keys()], [...streams.values()]);
  }

  async closeStreams(streams: string[]): Promise<void> {
    await this.database.all(close, streams);
  }

  /**
   * Without it the streams of a process soon no longer count, and others take it for dead. Answers whether another
   * process has died since.
   */
  async keepProcess(process: string): Promise<boolean> {
    return (await this.database.one(keep, process)).another_died;
  }

  /** Takes the streams of a process along. */
  async forgetProcess(process: string): Promise<void> {
    await this.database.all(leave, process);
  }
}
