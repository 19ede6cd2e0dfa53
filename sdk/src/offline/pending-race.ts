import { secondsAt } from '../live/race-changes.js';
import type { MemberProgress, Race } from '../types.js';
import type { SessionVerb } from './queue-entries.js';
import { segmentsOf } from './recording.js';

/** A press that is not yet sent. The time is in milliseconds since 1970 by the server's clock. */
export interface PendingPress {
  kind: SessionVerb;
  time: number;
}

/** The race with the user's own time that is not yet sent, by session. Ranks stay those of the server. */
export function withPending(race: Race, userId: string, sessions: readonly (readonly PendingPress[])[]): Race {
  if (sessions.length === 0) return race;
  return race.map((member) => (member.user_id === userId ? sessions.reduce(withSession, member) : member));
}

function withSession(member: MemberProgress, presses: readonly PendingPress[]): MemberProgress {
  const [first] = presses;
  const last = presses.at(-1);
  if (!first || !last) return member;
  const isStopped = member.running && (first.kind === 'pause' || first.kind === 'stop');
  const own = isStopped ? { ...member, seconds_done: secondsAt(member, first.time), running: false } : member;
  const [start, end] = [Date.parse(own.period_start), Date.parse(own.period_end)];
  const ms = segmentsOf(presses).reduce((sum, segment) => {
    return sum + Math.max(0, Math.min(segment.end, end) - Math.max(segment.start, start));
  }, 0);
  const seconds_done = own.seconds_done + Math.floor(ms / 1000);
  const isRunning = last.kind === 'start' || last.kind === 'resume';
  if (!isRunning || own.running) return { ...own, seconds_done };
  return { ...own, seconds_done, running: true, as_of: new Date(last.time).toISOString() };
}
