import { setImmediate } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Metrics } from '../../server/metrics.js';
import { Problem } from '../../common/problem.js';
import type { Json } from '../../common/json.js';
import type { MemberProgress } from '../progress.dto.js';
import { Database } from '../../database/database.js';
import * as sql from './stream.sql.js';
import { SentRace } from './race-changes.js';
import { RaceEvent } from './race-event.js';
import type { SseConnection } from './sse-connection.js';

/** Concurrent reads: at midnight, or after a reconnection, other requests need the remaining connections. */
const CONCURRENT_READS = 4;

/** Clients written to before other requests have a turn. */
const SENDS_AT_ONCE = 50;

/** Minimum interval between reads of one race after changes, far below the 200 ms of specification 7. */
const READ_INTERVAL_MS = 100;

const READ_RETRY_MS = 1_000;

class WatchedRace {
  readonly connections = new Set<SseConnection>();
  /** Connections that have received nothing yet. */
  newcomers = new Set<SseConnection>();
  /** Whether the next read goes to all connections, not only to newcomers. */
  changed = false;
  timer: NodeJS.Timeout | undefined;
  /** When it was read last, and the timer until it may be read again. */
  readAt = -Infinity;
  interval: NodeJS.Timeout | undefined;
  /** The race that clients of events `changes` hold: all of them receive every read, so they hold the same. */
  sent: SentRace | undefined;

  constructor(readonly group: string) {}
}

/** A read, and the connections that receive it. */
interface Delivery {
  readonly event: RaceEvent;
  readonly whole: SseConnection[];
  readonly changes: SseConnection[];
}

/**
 * The watched races of this process (specification 7). A change costs one statement, however many clients watch: its result
 * is compared and serialized once. Changes while it runs cause exactly one more.
 */
@Injectable()
export class RaceBroadcaster {
  private readonly logger = new Logger(RaceBroadcaster.name);
  private readonly races = new Map<string, WatchedRace>();
  private readonly due = new Set<WatchedRace>();
  private readonly reading = new Set<WatchedRace>();
  private streams = 0;
  private closed = false;

  constructor(
    private readonly database: Database,
    private readonly metrics: Metrics,
  ) {}

  /** Sends a race to a connection from now on; settles with the first event. Subscribing precedes the read, so that no change is lost. */
  async subscribe(group: string, connection: SseConnection): Promise<void> {
    if (this.closed) throw closing();
    const race = this.races.get(group) ?? new WatchedRace(group);
    this.races.set(group, race);
    race.connections.add(connection);
    race.newcomers.add(connection);
    this.metrics.observeStreams(++this.streams);
    void connection.closed.then(() => this.remove(race, connection));
    this.read(race);
    await connection.started;
  }

  /** Reads a race again and sends it to all of its watchers. */
  changed(group: string): void {
    const race = this.races.get(group);
    if (race === undefined) return;
    race.changed = true;
    const waitMs = race.readAt + READ_INTERVAL_MS - performance.now();
    if (waitMs <= 0) this.read(race);
    else race.interval ??= setTimeout(() => this.readAfterInterval(race), waitMs);
  }

  allChanged(): void {
    for (const group of this.races.keys()) this.changed(group);
  }

  /** Ends every stream; clients reconnect to another process. */
  close(): void {
    this.closed = true;
    for (const { connections } of this.races.values()) connections.forEach((each) => each.close(closing()));
  }

  private remove(race: WatchedRace, connection: SseConnection): void {
    this.metrics.observeStreams(--this.streams);
    race.connections.delete(connection);
    race.newcomers.delete(connection);
    if (race.connections.size > 0) return;
    clearTimeout(race.timer);
    clearTimeout(race.interval);
    this.due.delete(race);
    this.races.delete(race.group);
  }

  /** A newcomer may have caused the read already. */
  private readAfterInterval(race: WatchedRace): void {
    race.interval = undefined;
    if (race.changed) this.read(race);
  }

  private read(race: WatchedRace): void {
    this.due.add(race);
    this.readNext();
  }

  private readNext(): void {
    for (const race of this.due) {
      if (this.reading.size >= CONCURRENT_READS) return;
      if (this.reading.has(race)) continue;
      this.due.delete(race);
      this.reading.add(race);
      void this.readNow(race).finally(() => {
        this.reading.delete(race);
        this.readNext();
      });
    }
  }

  private async readNow(race: WatchedRace): Promise<void> {
    const { changed, newcomers } = race;
    // Later connections may be of users who join the group after this read.
    const connections = [...race.connections];
    race.changed = false;
    race.readAt = performance.now();
    race.newcomers = new Set();
    try {
      const read = await this.database.one(sql.watchedRace, race.group);
      this.metrics.observeRaceRead();
      this.readAgain(race, read.changes_in);
      const allowed = onlyMembers(connections, read.members);
      if (read.body !== null) await send(delivery(race, read.body, allowed, { changed, newcomers }));
    } catch (error) {
      newcomers.forEach((connection) => connection.close(error));
      if (!changed) return;
      this.logger.debug(`Cannot read a race that has changed: ${(error as Error).message}`);
      this.readAgain(race, READ_RETRY_MS);
    }
  }

  /** For changes by time alone, such as a new period. */
  private readAgain(race: WatchedRace, inMs: number | null): void {
    clearTimeout(race.timer);
    if (inMs === null || race.connections.size === 0) return;
    race.timer = setTimeout(() => this.changed(race.group), inMs);
  }
}

/** Closes the connections of users who are not members any more. */
function onlyMembers(connections: SseConnection[], members: string[] | null): SseConnection[] {
  const mayRead = new Set(members);
  return connections.filter((connection) => {
    if (!mayRead.has(connection.user)) connection.close(new Problem('not_found'));
    return mayRead.has(connection.user);
  });
}

function delivery(
  race: WatchedRace,
  body: Json<MemberProgress[]>,
  connections: SseConnection[],
  { changed, newcomers }: { changed: boolean; newcomers: ReadonlySet<SseConnection> },
): Delivery {
  const isNew = (connection: SseConnection): boolean => newcomers.has(connection);
  const whole = connections.filter((each) => isNew(each) || (changed && !each.changesOnly));
  const changes = connections.filter((each) => !isNew(each) && each.changesOnly);
  if (!connections.some(({ changesOnly }) => changesOnly)) {
    race.sent = undefined;
    return { event: new RaceEvent(body), whole, changes };
  }
  const members = JSON.parse(body) as MemberProgress[];
  const difference = race.sent?.update(members) ?? 'whole';
  race.sent ??= new SentRace(members);
  if (difference === 'nothing') return { event: new RaceEvent(body), whole, changes: [] };
  return { event: new RaceEvent(body, difference === 'whole' ? undefined : difference), whole, changes };
}

async function send({ event, whole, changes }: Delivery): Promise<void> {
  let sent = 0;
  for (const connection of whole) {
    connection.send(event);
    if (++sent % SENDS_AT_ONCE === 0) await setImmediate();
  }
  for (const connection of changes) {
    connection.sendChanges(event);
    if (++sent % SENDS_AT_ONCE === 0) await setImmediate();
  }
}

function closing(): Problem {
  return new Problem('unavailable', { retryAfter: 1 });
}
