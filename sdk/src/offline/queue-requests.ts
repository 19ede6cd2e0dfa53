import type { LockInClient } from '../client.js';
import { CLOCK_SET_MS, readDevice, type ServerClock, setBackSince } from '../clock.js';
import { isPermanent, ProblemError, readProblem } from '../errors.js';
import { sleep } from '../http/abort.js';
import { createIdempotencyKey } from '../http/idempotency-key.js';
import type { Group, RecordSession } from '../types.js';
import {
  type Press,
  type QueuedRequest,
  type QueueResult,
  requestFor,
  type StoredEntries,
  type StoredEntry,
  type StoredVerb,
} from './queue-entries.js';
import type { QueueStore } from './queue-store.js';
import { RECORD_PATH, recordRequests, requestUntil, segmentsOf } from './recording.js';

/** The precision of the server's clock: `Date` has whole seconds. */
export const CLOCK_PRECISION_MS = 1000;

/** Turns the entries of a queue into requests, and sends them. */
export class QueueRequests {
  /** The monotonic clock starts anew with the app. */
  private readonly run = createIdempotencyKey();

  constructor(
    private readonly lockin: LockInClient,
    private readonly store: QueueStore,
  ) {}

  /** The device's clocks now. The offset belongs to the moment of the press: the clock may be set before it is sent. */
  press(session: string): Press {
    const { clock } = this.lockin;
    const press = { ...readDevice(), run: this.run };
    if (!clock.isSynchronised) return press;
    return { ...press, offset: this.store.offsetFor(this.store.sessionId({ session }), clock.toServer(0)) };
  }

  /** The entries to send in one step: a session whose end is known is recorded as a whole. */
  together(entry: StoredEntry): StoredEntries {
    if (entry.part) return [entry, ...this.store.verbsFrom(entry).slice(1)];
    const verbs = entry.kind === 'createSession' && !entry.isCreated ? this.store.verbsFrom(entry) : [];
    const isWhole = verbs.at(-1)?.kind === 'stop' && segmentsOf(verbs.map(deviceTime)).length > 0;
    return isWhole ? [entry, ...verbs] : [entry];
  }

  /** Throws a `ProblemError` if the API refuses the request, and any other error if it cannot be sent now. */
  async send(entries: StoredEntries): Promise<QueueResult> {
    const [first] = entries;
    const wasAlone = isRecording(entries) && first.requests?.[0]?.path !== RECORD_PATH;
    if (wasAlone) delete first.requests;
    const requests = (first.requests ??= await this.prepare(entries));
    const isOne = requests.length === 1;
    let result: QueueResult | undefined;
    let refusal: ProblemError | undefined;
    for (let request = requests[0]; request; request = requests[0]) {
      try {
        result = await this.post(request);
      } catch (error) {
        const shorter = await this.untilGroupEnd(request, error);
        if (shorter) {
          requests[0] = shorter;
          continue;
        }
        if (isOne || !(error instanceof ProblemError) || !isPermanent(error)) throw error;
        refusal = error;
      }
      requests.shift();
      await this.save();
    }
    if (refusal) throw refusal;
    if (!result) throw new Error('The session has no time to record.');
    return result;
  }

  /**
   * Corrects presses that seem to lie in the future: the device's clock was set forward before them, which the response
   * has shown. Returns whether a time has changed.
   */
  correctFuture([first, ...rest]: StoredEntries): boolean {
    const { clock } = this.lockin;
    let isCorrected = false;
    for (const entry of [first, ...rest]) {
      const { press } = entry;
      if (press?.offset === undefined || press.device + press.offset <= clock.now() + CLOCK_PRECISION_MS) continue;
      const offset = this.store.offsetFor(this.store.sessionId(entry), clock.toServer(0));
      isCorrected ||= offset !== press.offset;
      press.offset = offset;
    }
    if (isCorrected) delete first.requests;
    return isCorrected;
  }

  private async post(request: QueuedRequest): Promise<QueueResult> {
    await this.waitUntilPast(request.body);
    const { lockin } = this;
    const headers = { 'content-type': 'application/json', 'idempotency-key': request.key };
    const init = { method: 'POST', headers, body: JSON.stringify(request.body) };
    const response = await lockin.fetch(new Request(lockin.baseUrl + request.path, init), { maxRetries: 0 });
    if (!response.ok) throw await readProblem(response);
    const result = (await response.json()) as Partial<QueueResult>;
    if (result.id === undefined) throw new Error('The response is not from the LockIN API.');
    return result as QueueResult;
  }

  /** Stores the requests before they are sent, because the app may be closed before the response arrives. */
  private async prepare(entries: StoredEntries): Promise<QueuedRequest[]> {
    const { clock, fetch, baseUrl } = this.lockin;
    if (!clock.isSynchronised) await fetch(new Request(`${baseUrl}/health/live`), { maxRetries: 0 });
    this.resolveOffsets();
    const [first] = entries;
    if (isRecording(entries)) {
      const groupId = first.part ? first.part.groupId : first.kind === 'createSession' ? first.body.group_id : null;
      const times = this.store.verbsFrom(first).map((verb) => ({ kind: verb.kind, time: timeOf(verb, clock) }));
      if (first.part?.until !== undefined) times.push({ kind: 'stop', time: first.part.until });
      first.requests = recordRequests(first.key, groupId ?? null, segmentsOf(times));
    } else {
      const offset = (first.press?.offset ?? 0) + (first.isShifted ? CLOCK_PRECISION_MS : 0);
      first.requests = [requestFor(first, this.store.sessionId(first), offset)];
    }
    await this.save();
    return first.requests;
  }

  /** Gives an offset to the entries that were added before the server's clock was known. */
  private resolveOffsets(): void {
    const current = this.lockin.clock.toServer(0);
    for (const entry of this.store.entries) {
      const press = (entry.press ??= { ...readDevice(), run: this.run });
      press.offset ??= this.store.offsetFor(this.store.sessionId(entry), this.offsetAt(press, current));
    }
    this.store.setLastOffset(current);
  }

  /** The current offset, unless the device's clock was set back since. */
  private offsetAt(press: Press, current: number): number {
    if (press.run === this.run) return current - setBackSince(press);
    const isFuture = press.device > Date.now() + CLOCK_PRECISION_MS;
    return isFuture ? (this.store.lastOffset ?? current) : current;
  }

  /**
   * Waits, because a time that ends now may end in the future of the server's clock: by its precision, and by what the
   * session's offset differs from today's.
   */
  private async waitUntilPast(body: object): Promise<void> {
    const { ended_at, segments } = body as Partial<RecordSession> & { ended_at?: string };
    const end = Date.parse(segments?.at(-1)?.ended_at ?? ended_at ?? '');
    const ms = end + CLOCK_PRECISION_MS - this.lockin.clock.now();
    if (ms > 0 && ms <= CLOCK_SET_MS + CLOCK_PRECISION_MS) await sleep(ms);
  }

  /** A group that ended meanwhile takes the time before its end. */
  private async untilGroupEnd(request: QueuedRequest, error: unknown): Promise<QueuedRequest | undefined> {
    const isArchived = error instanceof ProblemError && error.code === 'group_archived';
    if (!isArchived || request.path !== RECORD_PATH) return undefined;
    const { group_id } = request.body as RecordSession;
    const group = await getJson<Group>(this.lockin, `/api/groups/${group_id}`);
    const ends = [group.end_at, group.archived_at].flatMap((end) => (end === null ? [] : [Date.parse(end)]));
    return requestUntil(request, Math.min(...ends));
  }

  private save(): Promise<void> {
    return this.store.save({ isSender: true }).catch(() => undefined);
  }
}

export const isRecording = ([first, ...rest]: StoredEntries): boolean => first.part !== undefined || rest.length > 0;

/** When a verb was pressed, by the server's clock as far as it is known. */
export const timeOf = ({ at, press }: StoredVerb, clock: ServerClock): number =>
  at + (press?.offset ?? clock.toServer(0));

const deviceTime = ({ kind, at }: StoredVerb): { kind: StoredVerb['kind']; time: number } => ({ kind, time: at });

/** Throws a `ProblemError` unless the status is 2xx. */
export async function getJson<T>(lockin: LockInClient, path: string): Promise<T> {
  const response = await lockin.fetch(new Request(lockin.baseUrl + path), { maxRetries: 0 });
  if (!response.ok) throw await readProblem(response);
  return (await response.json()) as T;
}

/** Undefined if the API refuses the request, for example because the user is no member any more. */
export const getJsonIfAny = <T>(lockin: LockInClient, path: string): Promise<T | undefined> =>
  getJson<T>(lockin, path).catch((error: unknown) => {
    if (error instanceof ProblemError && isPermanent(error)) return undefined;
    throw error;
  });
