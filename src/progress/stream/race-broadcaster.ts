import { setImmediate } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Metrics } from '../../server/metrics.js';
import { Problem } from '../../common/problem.js';
import type { Json } from '../../common/json.js';
import type { Progress } from '../progress.dto.js';
import { LiveQueries } from './stream.queries.js';
import { SentRace } from './race-changes.js';
import { RaceEvent } from './race-event.js';
import type { Reader } from './sse-connection.js';

/** Races that are read at once: a midnight, or a connection that is back, leaves the others to everybody else. */
const READS_AT_ONCE = 4;

/** Other requests have their turn between so many readers. */
const SHOWN_AT_ONCE = 50;

/** Between reads of a race that changes all the time, so that it takes no more than its share; far below specification 7's 200 ms. */
const SPACING_MS = 100;

/** Until a read that failed is tried again. */
const PAUSE_MS = 1_000;

class WatchedRace {
  readonly readers = new Set<Reader>();
  /** Those of them who have not been shown anything yet. */
  newcomers = new Set<Reader>();
  /** Whether it is to be shown to all, and not to newcomers alone. */
  changed = false;
  timer: NodeJS.Timeout | undefined;
  /** When it was read last, and what waits until it may be read again. */
  readAt = -Infinity;
  spacing: NodeJS.Timeout | undefined;
  /** What those hold who are shown changes only. Every read is shown to all of them, so they hold the same. */
  sent: SentRace | undefined;

  constructor(readonly group: string) {}
}

/** A read, and who is to be shown it. */
interface Showing {
  readonly event: RaceEvent;
  readonly whole: Reader[];
  readonly changes: Reader[];
}

/**
 * The races that are watched in this process (specification 7). A change is one statement, however many watch: what it answers is
 * compared and written once, and goes to everybody. What happens while it is under way makes exactly one more.
 */
@Injectable()
export class RaceHub {
  private readonly logger = new Logger(RaceHub.name);
  private readonly watched = new Map<string, WatchedRace>();
  private readonly due = new Set<WatchedRace>();
  private readonly underWay = new Set<WatchedRace>();
  private streams = 0;
  private closed = false;

  constructor(
    private readonly queries: LiveQueries,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Shows a race to somebody from now on; settles with the first event. Being registered comes before reading, so that no
   * change falls between.
   */
  async seat(group: string, reader: Reader): Promise<void> {
    if (this.closed) throw closing();
    const race = this.watched.get(group) ?? new WatchedRace(group);
    this.watched.set(group, race);
    race.readers.add(reader);
    race.newcomers.add(reader);
    this.metrics.observeStreams(++this.streams);
    void reader.closed.then(() => this.remove(race, reader));
    this.read(race);
    await reader.begun;
  }

  /** Shows a race anew to all who watch it. */
  changed(group: string): void {
    const race = this.watched.get(group);
    if (race === undefined) return;
    race.changed = true;
    const waitMs = race.readAt + SPACING_MS - performance.now();
    if (waitMs <= 0) this.read(race);
    else race.spacing ??= setTimeout(() => this.readSpaced(race), waitMs);
  }

  allChanged(): void {
    for (const group of this.watched.keys()) this.changed(group);
  }

  /** Ends every stream; whoever reconnects will find another process. */
  close(): void {
    this.closed = true;
    for (const { readers } of this.watched.values()) readers.forEach((reader) => reader.dismiss(closing()));
  }

  private remove(race: WatchedRace, reader: Reader): void {
    this.metrics.observeStreams(--this.streams);
    race.readers.delete(reader);
    race.newcomers.delete(reader);
    if (race.readers.size > 0) return;
    clearTimeout(race.timer);
    clearTimeout(race.spacing);
    this.due.delete(race);
    this.watched.delete(race.group);
  }

  /** Whoever came meanwhile may have had it read. */
  private readSpaced(race: WatchedRace): void {
    race.spacing = undefined;
    if (race.changed) this.read(race);
  }

  private read(race: WatchedRace): void {
    this.due.add(race);
    this.readNext();
  }

  private readNext(): void {
    for (const race of this.due) {
      if (this.underWay.size >= READS_AT_ONCE) return;
      if (this.underWay.has(race)) continue;
      this.due.delete(race);
      this.underWay.add(race);
      void this.readNow(race).finally(() => {
        this.underWay.delete(race);
        this.readNext();
      });
    }
  }

  private async readNow(race: WatchedRace): Promise<void> {
    const { changed, newcomers } = race;
    // Whoever comes meanwhile may have joined the group too late for what is read now.
    const readers = [...race.readers];
    race.changed = false;
    race.readAt = performance.now();
    race.newcomers = new Set();
    try {
      const seen = await this.queries.race(race.group);
      this.metrics.observeRaceRead();
      this.lookAgain(race, seen.changes_in);
      const allowed = onlyMembers(readers, seen.members);
      if (seen.body !== null) await show(showing(race, seen.body, allowed, { changed, newcomers }));
    } catch (error) {
      newcomers.forEach((reader) => reader.dismiss(error));
      if (!changed) return;
      this.logger.warn(`A race that changed could not be read: ${(error as Error).message}`);
      this.lookAgain(race, PAUSE_MS);
    }
  }

  /** What changes by time alone is found by looking when it is due. */
  private lookAgain(race: WatchedRace, inMs: number | null): void {
    clearTimeout(race.timer);
    if (inMs === null || race.readers.size === 0) return;
    race.timer = setTimeout(() => this.changed(race.group), inMs);
  }
}

/** Whoever is no member, or no more, is dismissed. */
function onlyMembers(readers: Reader[], members: string[] | null): Reader[] {
  const mayRead = new Set(members);
  return readers.filter((reader) => {
    if (!mayRead.has(reader.person)) reader.dismiss(new Problem('not_found'));
    return mayRead.has(reader.person);
  });
}

function showing(
  race: WatchedRace,
  body: Json<Progress>,
  readers: Reader[],
  { changed, newcomers }: { changed: boolean; newcomers: ReadonlySet<Reader> },
): Showing {
  const isNew = (reader: Reader): boolean => newcomers.has(reader);
  const whole = readers.filter((reader) => isNew(reader) || (changed && !reader.changesOnly));
  const changes = readers.filter((reader) => !isNew(reader) && reader.changesOnly);
  if (!readers.some(({ changesOnly }) => changesOnly)) {
    race.sent = undefined;
    return { event: new RaceEvent(body), whole, changes };
  }
  const progress = JSON.parse(body) as Progress;
  const difference = race.sent?.update(progress) ?? 'whole';
  race.sent ??= new SentRace(progress);
  if (difference === 'nothing') return { event: new RaceEvent(body), whole, changes: [] };
  return { event: new RaceEvent(body, difference === 'whole' ? undefined : difference), whole, changes };
}

async function show({ event, whole, changes }: Showing): Promise<void> {
  let shown = 0;
  for (const reader of whole) {
    reader.show(event);
    if (++shown % SHOWN_AT_ONCE === 0) await setImmediate();
  }
  for (const reader of changes) {
    reader.showChanges(event);
    if (++shown % SHOWN_AT_ONCE === 0) await setImmediate();
  }
}

function closing(): Problem {
  return new Problem('unavailable', { retryAfter: 1 });
}
