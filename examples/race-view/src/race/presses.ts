import type { MemberProgress, QueueEntry, Session, SessionDetail, SessionVerb } from '@lockin/sdk';

export type VerbEntry = QueueEntry & { kind: SessionVerb };

/** A verb at a time of the server's clock, in milliseconds since 1970. */
export interface Press {
  kind: SessionVerb;
  at: number;
}

/** Seconds as of a time of the server's clock. They count within the bounds. */
export interface Timer {
  seconds: number;
  running: boolean;
  asOf: number;
  from: number;
  until: number;
}

export function isVerb(entry: QueueEntry): entry is VerbEntry {
  return entry.kind !== 'createSession' && entry.kind !== 'addLog';
}

const runs = (verb: SessionVerb): boolean => verb === 'start' || verb === 'resume';

/** A timer now, with the presses that the server does not count yet. A press that changes nothing is ignored. */
export function timerAt(
  { from, until, ...timer }: Timer,
  presses: Press[],
  now: number,
): Pick<Timer, 'seconds' | 'running'> {
  const withinBounds = (at: number): number => Math.min(Math.max(at, from), until);
  let { seconds, running } = timer;
  let since = withinBounds(timer.asOf);
  const countUntil = (at: number): void => {
    if (running) seconds += Math.max(0, withinBounds(at) - since) / 1000;
    since = withinBounds(at);
  };
  for (const { kind, at } of presses) {
    if (runs(kind) === running) continue;
    countUntil(at);
    running = runs(kind);
  }
  countUntil(now);
  return { seconds: Math.floor(seconds), running };
}

export function memberTimer({ seconds_done, running, as_of, period_start, period_end }: MemberProgress): Timer {
  const [asOf, from, until] = [as_of, period_start, period_end].map((each) => Date.parse(each)) as [
    number,
    number,
    number,
  ];
  return { seconds: seconds_done, running, asOf, from, until };
}

/** The user's own time in a session. `asOf` is the time of the response, by the server's clock. */
export function sessionTimer(session: SessionDetail | undefined, userId: string, asOf: number): Timer {
  const own = session?.participants.find(({ user_id }) => user_id === userId);
  return { seconds: own?.seconds_logged ?? 0, running: own?.running ?? false, asOf, from: 0, until: Infinity };
}

/** `isLocal` is true until the queue has created the session on the server. */
export type OwnSession = Pick<Session, 'id' | 'status'> & { isLocal?: boolean };

const STATUS = { start: 'running', resume: 'running', pause: 'paused', stop: 'ended' } as const;

/**
 * The session that the buttons control, as it will be once the queue is sent: the running one the user hosts, else a
 * paused one, else a scheduled one. Its id may be local to the queue.
 */
export function ownSession(hosted: Session[], groupId: string, entries: readonly QueueEntry[]): OwnSession | undefined {
  const sessions = new Map<string, OwnSession>(hosted.map((session) => [session.id, session]));
  for (const entry of entries) {
    const { session: id } = entry;
    if (entry.kind === 'createSession' && entry.body.group_id === groupId)
      sessions.set(id, { id, status: 'scheduled', isLocal: true });
    const session = sessions.get(id);
    if (isVerb(entry) && session) sessions.set(id, { ...session, status: STATUS[entry.kind] });
  }
  const own = [...sessions.values()];
  return (['running', 'paused', 'scheduled'] as const)
    .map((status) => own.find((session) => session.status === status))
    .find(Boolean);
}
