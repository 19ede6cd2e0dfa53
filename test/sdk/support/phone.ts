import {
  createLockInClient,
  createOfflineQueue,
  type LockInClient,
  type OfflineQueue,
  type ProblemError,
  type QueueEntry,
  type QueueResult,
  type QueueStorage,
} from '@lockin/sdk';
import type { Api, Person } from '../../support/api.js';

/** What happens to a request: it or its response is lost, it waits for a promise, or another server responds. */
export type NetworkFault = 'request lost' | 'response lost' | Promise<unknown> | Response;

export interface SentRequest {
  /** `create`, `record`, `logs`, or the verb with its colon: `:start` of `POST /api/sessions/{id}:start`. */
  operation: string;
  session: string | undefined;
  key: string | null;
  body: Record<string, string>;
  /** Undefined if no response arrived. */
  status: number | undefined;
}

/** A phone with a network that can be switched off, a storage that persists, and an app that can be restarted. */
export class Phone {
  isOnline = true;
  token: string | null;
  /** The fault of a request of the queue, if any. */
  fault: (request: SentRequest) => NetworkFault | undefined = () => undefined;
  /** Every request of the queue, including those that failed to leave the phone. */
  readonly requests: SentRequest[] = [];
  /** The calls of `onSent`. */
  readonly sent: { entry: QueueEntry; result: QueueResult }[] = [];
  /** The calls of `onConflict`. */
  readonly conflicts: { entry: QueueEntry; problem: ProblemError }[] = [];
  /** The calls of `onDamaged`. */
  readonly damaged: string[] = [];
  readonly stored = new Map<string, string>();
  private queue: OfflineQueue | undefined;

  constructor(
    private readonly api: Pick<Api, 'url'>,
    person: Pick<Person, 'token'>,
  ) {
    this.token = person.token;
  }

  /** Starts the app, again if it is running. Only the storage persists. */
  open(): { lockin: LockInClient; queue: OfflineQueue } {
    this.close();
    const lockin = createLockInClient({
      baseUrl: this.api.url,
      token: () => this.token,
      fetch: (url, init) => this.fetch(url, init),
    });
    const queue = createOfflineQueue(lockin, {
      storage: this.storage,
      onSent: (entry, result) => void this.sent.push({ entry, result }),
      onDamaged: (text) => void this.damaged.push(text),
      onConflict: (entry, problem) => void this.conflicts.push({ entry, problem }),
    });
    this.queue = queue;
    return { lockin, queue };
  }

  close(): void {
    this.queue?.close();
  }

  /** The operations of the requests, in order; by default those of all sessions. */
  operations(session?: string): string[] {
    return this.requests
      .filter((each) => session === undefined || each.session === session)
      .map(({ operation }) => operation);
  }

  /** The kind of each refused entry and the code of its problem. */
  conflictCodes(): [kind: string, code: string][] {
    return this.conflicts.map(({ entry, problem }) => [entry.kind, problem.code]);
  }

  get storage(): QueueStorage {
    return {
      getItem: async (key) => this.stored.get(key) ?? null,
      setItem: async (key, value) => void this.stored.set(key, value),
    };
  }

  private async fetch(url: string, init: RequestInit): Promise<Response> {
    const request = describeRequest(url, init);
    // Only POSTs come from the queue; its GET of the clock and the tests' own requests have no faults.
    const isQueued = init.method === 'POST';
    if (isQueued) this.requests.push(request);
    const fault = this.isOnline ? isQueued && this.fault(request) : 'request lost';
    if (fault === 'request lost') throw new TypeError('Network request failed');
    if (fault instanceof Promise) await fault;
    const response = fault instanceof Response ? fault : await fetch(url, init);
    if (fault === 'response lost') throw new TypeError('Network request failed');
    request.status = response.status;
    return response;
  }
}

function describeRequest(url: string, init: RequestInit): SentRequest {
  const isRecord = url.endsWith('/api/sessions:record');
  const [, session, operation = isRecord ? 'record' : 'create'] = /sessions\/([^/:]+)[/]?(:?\w+)$/.exec(url) ?? [];
  const body = (typeof init.body === 'string' ? JSON.parse(init.body) : {}) as Record<string, string>;
  return { operation, session, key: new Headers(init.headers).get('idempotency-key'), body, status: undefined };
}
