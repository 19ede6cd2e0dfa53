import type { LockInClient } from '../client.js';
import { isPermanent, ProblemError } from '../errors.js';
import { createIdempotencyKey } from '../http/idempotency-key.js';
import type { Session } from '../types.js';
import { isLocalId, isVerb, type QueueEntry, startsTimer, type StoredEntry, type StoredVerb } from './queue-entries.js';
import { getJson } from './queue-requests.js';
import type { QueueStore } from './queue-store.js';
import { segmentsOf } from './recording.js';

/**
 * What happens to a refused entry: nothing can be done (`refused`), its time is recorded as a session of its own (`moved`), or
 * it is kept until the end of that session is known (`held`).
 */
export type Outcome = 'refused' | 'moved' | 'held';

/**
 * Keeps time that was tracked in sessions that the API does not run: another device runs one, the session ended by
 * itself, or its group ended. Such time is recorded once its end is known.
 */
export class RefusedSessions {
  constructor(
    private readonly lockin: LockInClient,
    private readonly store: QueueStore,
  ) {}

  /** A verb after a refused start belongs to the same part. A start that is repeated replaces the refused one. */
  partFor(entry: QueueEntry): Pick<StoredEntry, 'part'> {
    const held = isVerb(entry) ? this.store.heldOf(entry.session) : [];
    const [first, last] = [held.at(0), held.at(-1)];
    if (!first || !last) return {};
    if (entry.kind === 'start' || (startsTimer(entry) && startsTimer(last))) {
      this.store.remove(...held);
      return {};
    }
    if (entry.kind === 'stop') this.endWhereRefused(first);
    return { part: last.part };
  }

  async divert(entry: StoredEntry, problem: ProblemError): Promise<Outcome> {
    if (problem.status !== 409) return 'refused';
    if (entry.kind === 'createSession') return this.divertCreation(entry);
    if (!isVerb(entry) || entry.kind === 'stop') return 'refused';
    const session = await this.sessionOf(entry);
    if (!session) return 'refused';
    return entry.kind === 'pause' ? this.endAtPause(entry, session) : this.divertStart(entry, session);
  }

  private divertCreation(entry: StoredEntry & { kind: 'createSession' }): Outcome {
    const verbs = this.store.verbsFrom(entry);
    const first = verbs.findIndex(startsTimer);
    const outcome = first < 0 ? 'refused' : this.separate(verbs.slice(first), entry.body.group_id ?? null);
    if (outcome !== 'refused') this.store.remove(entry);
    return outcome;
  }

  private divertStart(entry: StoredVerb, { group_id }: Session): Outcome {
    const outcome = this.separate(this.store.verbsFrom(entry), group_id);
    if (outcome === 'moved') this.endWhereRefused(entry);
    return outcome;
  }

  /** The session ended by itself while the device was offline: it ends at the pause, and what follows is a session of its own. */
  private endAtPause(entry: StoredVerb, { status, group_id }: Session): Outcome {
    if (status !== 'ended') return 'refused';
    const [, ...rest] = this.store.verbsFrom(entry);
    const resumed = rest.findIndex(startsTimer);
    if (resumed >= 0) this.separate(rest.slice(resumed), group_id);
    Object.assign(entry, { kind: 'stop' });
    delete entry.requests;
    return 'moved';
  }

  /** A session that exists ends where the API refused to run it. */
  private endWhereRefused({ session, at, press }: StoredVerb): void {
    if (isLocalId(this.store.sessionId({ session }))) return;
    this.store.add({ key: createIdempotencyKey(), kind: 'stop', session, at, press });
  }

  private separate(verbs: StoredVerb[], groupId: string | null): Outcome {
    const [first] = verbs;
    const isOver = verbs.at(-1)?.kind === 'stop';
    const hasTime = segmentsOf(verbs.map(({ kind, at }) => ({ kind, time: at }))).length > 0;
    if (!first || (isOver && !hasTime)) return 'refused';
    for (const verb of verbs) {
      verb.part = { id: first.key, groupId };
      delete verb.requests;
    }
    return isOver ? 'moved' : 'held';
  }

  private async sessionOf(entry: StoredVerb): Promise<Session | undefined> {
    try {
      return await getJson<Session>(this.lockin, `/api/sessions/${encodeURIComponent(this.store.sessionId(entry))}`);
    } catch (error) {
      if (error instanceof ProblemError && isPermanent(error)) return undefined;
      throw error;
    }
  }
}
