import type { LockInClient } from '../client.js';
import type { ProblemError } from '../errors.js';
import { createIdempotencyKey } from '../http/idempotency-key.js';
import type { SessionDetail, TimeLog } from '../types.js';
import { isLocalId, isVerb, sessionPath, startsTimer, type StoredEntry, type StoredVerb } from './queue-entries.js';
import { CLOCK_PRECISION_MS, getJsonIfAny, timeOf } from './queue-requests.js';
import type { QueueStore } from './queue-store.js';
import { segmentsOf } from './recording.js';

/**
 * What becomes of a refused entry: nothing can be done (`refused`), its time is recorded as a session of its own (`moved`), or
 * the time until now is, because its end is not known (`stopped`). A session if an earlier attempt had started or resumed
 * it, the response was lost, and the session has stopped since.
 */
export type Outcome = 'refused' | 'moved' | 'stopped' | SessionDetail;

/** A timer that the API refuses within a minute was refused at once; one that runs longer was tracked offline. */
const MIN_TRACKED_MS = 60_000;

/**
 * Keeps time that was tracked in sessions that the API does not run: another device runs one, the session ended by
 * itself, or its group ended.
 */
export class RefusedSessions {
  constructor(
    private readonly lockin: LockInClient,
    private readonly store: QueueStore,
  ) {}

  async divert(entry: StoredEntry, problem: ProblemError): Promise<Outcome> {
    if (problem.status !== 409) return 'refused';
    if (entry.kind === 'createSession') return this.divertCreation(entry);
    if (!isVerb(entry) || entry.kind === 'stop') return 'refused';
    const path = sessionPath(this.store.sessionId(entry));
    const session = await getJsonIfAny<SessionDetail>(this.lockin, path);
    if (!session) return 'refused';
    if (entry.kind === 'pause') return this.endAtPause(entry, session);
    const logs = (await getJsonIfAny<TimeLog[]>(this.lockin, `${path}/logs`)) ?? [];
    return this.isSegmentIn(logs, entry, session) ? session : this.divertStart(entry, session);
  }

  /** Whether the entry opened one of the segments. The API brings a press that seems to lie in its future back to now. */
  private isSegmentIn(logs: TimeLog[], entry: StoredVerb, session: SessionDetail): boolean {
    const at = timeOf(entry, this.lockin.clock);
    return logs.some(
      ({ manual, started_at }) =>
        !manual &&
        (started_at === session.started_at) === (entry.kind === 'start') &&
        Math.abs(Date.parse(started_at) - at) <= CLOCK_PRECISION_MS,
    );
  }

  private divertCreation(entry: StoredEntry & { kind: 'createSession' }): Outcome {
    const outcome = this.separate(this.store.verbsFrom(entry), entry.body.group_id ?? null);
    if (outcome !== 'refused') this.store.remove(entry);
    return outcome;
  }

  /** The session ends where the API refused to run it. */
  private divertStart(entry: StoredVerb, { group_id }: SessionDetail): Outcome {
    const outcome = this.separate(this.store.verbsFrom(entry), group_id);
    const { session, at, press } = entry;
    if (outcome !== 'refused' && !isLocalId(this.store.sessionId(entry)))
      this.store.add({ key: createIdempotencyKey(), kind: 'stop', session, at, press });
    return outcome;
  }

  /** The session ended by itself while the device was offline: it ends at the pause. */
  private endAtPause(entry: StoredVerb, { status }: SessionDetail): Outcome {
    if (status !== 'ended') return 'refused';
    Object.assign(entry, { kind: 'stop' });
    delete entry.requests;
    return 'moved';
  }

  private separate(verbs: StoredVerb[], groupId: string | null): Outcome {
    const [first] = verbs;
    const last = verbs.at(-1);
    if (!first || !last) return 'refused';
    const { clock } = this.lockin;
    const times = verbs.map((verb) => ({ kind: verb.kind, time: timeOf(verb, clock) }));
    const until = startsTimer(last) ? clock.now() : undefined;
    if (until !== undefined) times.push({ kind: 'stop', time: until });
    const isShort = until !== undefined && until - (times[0]?.time ?? 0) < MIN_TRACKED_MS;
    if (isShort || segmentsOf(times).length === 0) return 'refused';
    for (const verb of verbs) {
      verb.part = { id: first.key, groupId, ...(until !== undefined && { until }) };
      delete verb.requests;
    }
    return until === undefined ? 'moved' : 'stopped';
  }
}
