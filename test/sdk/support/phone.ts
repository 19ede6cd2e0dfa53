import { createLockIn, createOfflineQueue, type LockIn, type OfflineQueue, type ProblemError } from '@lockin/sdk';
import type { QueueAnswer, QueueEntry, QueueStorage } from '@lockin/sdk';
import type { Api, Person } from '../../support/api.js';

/** What befalls a request on its way: it or its answer is lost, it waits for something, something else answers it. */
export type Mishap = 'request lost' | 'answer lost' | Promise<unknown> | Response;

export interface Sent {
  /** `POST /api/sessions/{id}:start` without the id: `:start`; creating is `create`, a log is `logs`. */
  what: string;
  session: string | undefined;
  key: string | null;
  body: Record<string, string>;
  /** Undefined where no answer came back. */
  status: number | undefined;
}

/** What the app was told. */
export interface Told {
  sent: { entry: QueueEntry; answer: QueueAnswer }[];
  conflicts: { entry: QueueEntry; problem: ProblemError }[];
}

/** Somebody's phone: a network that comes and goes, a storage that stays, and an app that is closed and opened again. */
export class Phone {
  isOnline = true;
  token: string | null;
  /** What befalls a request of the queue, if anything. */
  mishap: (sent: Sent) => Mishap | undefined = () => undefined;
  /** Every request of the queue that left or tried to leave the phone. */
  readonly sent: Sent[] = [];
  readonly told: Told = { sent: [], conflicts: [] };
  readonly stored = new Map<string, string>();
  private opened: OfflineQueue | undefined;

  constructor(
    private readonly api: Pick<Api, 'url'>,
    person: Pick<Person, 'token'>,
  ) {
    this.token = person.token;
  }

  /** Opens the app as after an installation or a restart: with what the storage holds, and nothing else. */
  open(): { lockin: LockIn; queue: OfflineQueue } {
    this.close();
    const lockin = createLockIn({
      baseUrl: this.api.url,
      token: () => this.token,
      fetch: (url, init) => this.fetch(url, init),
    });
    const queue = createOfflineQueue(lockin, {
      storage: this.storage,
      onSent: (entry, answer) => void this.told.sent.push({ entry, answer }),
      onConflict: (entry, problem) => void this.told.conflicts.push({ entry, problem }),
    });
    this.opened = queue;
    return { lockin, queue };
  }

  close(): void {
    this.opened?.close();
  }

  /** What was sent of these, in order, as `what`. */
  whats(session?: string): string[] {
    return this.sent.filter((each) => session === undefined || each.session === session).map(({ what }) => what);
  }

  private get storage(): QueueStorage {
    return {
      getItem: async (key) => this.stored.get(key) ?? null,
      setItem: async (key, value) => void this.stored.set(key, value),
    };
  }

  private async fetch(url: string, init: RequestInit): Promise<Response> {
    const sent = describe(url, init);
    // The queue asks what the time is; what a test sends besides is its own affair.
    const isQueued = init.method === 'POST';
    if (isQueued) this.sent.push(sent);
    const mishap = this.isOnline ? isQueued && this.mishap(sent) : 'request lost';
    if (mishap === 'request lost') throw new TypeError('Network request failed');
    if (mishap instanceof Promise) await mishap;
    const answer = mishap instanceof Response ? mishap : await fetch(url, init);
    if (mishap === 'answer lost') throw new TypeError('Network request failed');
    sent.status = answer.status;
    return answer;
  }
}

function describe(url: string, init: RequestInit): Sent {
  const [, session, what = 'create'] = /sessions\/([^/:]+)[/]?(:?\w+)$/.exec(url) ?? [];
  const body = (typeof init.body === 'string' ? JSON.parse(init.body) : {}) as Record<string, string>;
  return { what, session, key: new Headers(init.headers).get('idempotency-key'), body, status: undefined };
}

/** A refusal as the API, or something before it, answers. */
export function refusal(status: number, code: string, headers: Record<string, string> = {}): Response {
  const problem = { status, code, detail: 'No.', title: '', type: '', instance: '', request_id: 'r' };
  return new Response(JSON.stringify(problem), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
}
