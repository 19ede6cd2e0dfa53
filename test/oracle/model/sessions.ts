/**
 * The sessions of one group (specification 4 and 5) in plain TypeScript: the state of each session at any instant, and
 * the effect or the error of each verb. Errors carry the database's SQLSTATE or constraint name. Instants are in
 * milliseconds.
 */

export const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export type Verb = 'start' | 'pause' | 'resume' | 'stop';

export interface Log {
  person: string;
  start: number;
  end: number | null;
  manual: boolean;
  closedAutomatically: boolean;
}

export interface Session {
  host: string;
  inGroup: boolean;
  status: 'scheduled' | 'running' | 'paused' | 'ended';
  createdAt: number;
  scheduledStart: number | null;
  startedAt: number | null;
  runningSince: number;
  lastVerbAt: number;
  endedAt: number | null;
  hostStopped: boolean;
  /** When each person joined; `left` holds those who have left since. */
  joined: Map<string, number>;
  left: Set<string>;
  logs: Log[];
}

/** A rule that a command breaks. It is thrown before the model changes. */
export class ModelError extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

export class SessionModel {
  now: number;
  readonly sessions: Session[] = [];
  readonly initialMembers: ReadonlySet<string>;

  constructor(
    public owner: string,
    readonly members: Set<string>,
    public groupEnd: number,
    now: number,
  ) {
    this.now = now;
    this.initialMembers = new Set(members);
  }

  /** Advances the clock, and ends the sessions whose time is over. */
  advance(milliseconds: number): void {
    this.now += milliseconds;
    this.endExpired();
  }

  advanceTo(instant: number): void {
    this.advance(Math.max(0, instant - this.now));
  }

  private endExpired(): void {
    for (const session of this.sessions) {
      const end = this.automaticEnd(session);
      if (session.status !== 'ended' && end <= this.now) this.end(session, end, true);
    }
  }

  automaticEnd(session: Session): number {
    const withGroup = session.inGroup ? this.groupEnd : Infinity;
    if (session.status === 'running') return Math.min(session.runningSince + 12 * HOUR, withGroup);
    if (session.status === 'paused') return withGroup;
    return Math.min((session.scheduledStart ?? session.createdAt) + DAY, withGroup);
  }

  get isArchived(): boolean {
    return this.groupEnd <= this.now;
  }

  private sees(session: Session, person: string): boolean {
    return this.isParticipant(session, person) || (session.inGroup && this.members.has(person));
  }

  private isParticipant(session: Session, person: string): boolean {
    return session.joined.has(person) && !session.left.has(person);
  }

  create(host: string, inGroup: boolean, scheduledStart: number | null): void {
    if (scheduledStart !== null && scheduledStart < this.now - 60_000)
      throw new ModelError('sessions_scheduled_start_not_past');
    if (inGroup && !this.members.has(host)) throw new ModelError('LK404');
    if (inGroup && this.isArchived) throw new ModelError('LKARC');
    if (this.sessions.filter((other) => other.host === host && other.status === 'scheduled').length >= 20) {
      throw new ModelError('LKSCH');
    }
    this.sessions.push({
      ...{ host, inGroup, status: 'scheduled', createdAt: this.now, scheduledStart, startedAt: null, endedAt: null },
      ...{ runningSince: 0, lastVerbAt: -Infinity, hostStopped: false, left: new Set(), logs: [] },
      joined: new Map([[host, this.now]]),
    });
  }

  record(host: string, inGroup: boolean, segments: { start: number; end: number }[]): void {
    if (segments.some(({ start, end }, index) => start >= end || end > (segments[index + 1]?.start ?? Infinity)))
      throw new ModelError('recorded_segments_in_order');
    const [startedAt, endedAt] = [segments[0]!.start, segments.at(-1)!.end];
    if (startedAt < this.now - 7 * DAY || endedAt > this.now || endedAt - startedAt > 12 * HOUR)
      throw new ModelError('LKREC');
    if (inGroup && !this.members.has(host)) throw new ModelError('LK404');
    if (inGroup && (endedAt > this.groupEnd || this.now >= this.groupEnd + DAY)) throw new ModelError('LKARC');
    this.sessions.push({
      ...{ host, inGroup, status: 'ended', createdAt: this.now, scheduledStart: null, startedAt, endedAt },
      ...{ runningSince: 0, lastVerbAt: endedAt, hostStopped: true, left: new Set() },
      joined: new Map([[host, this.now]]),
      logs: segments.map((span) => ({ person: host, ...span, manual: false, closedAutomatically: false })),
    });
  }

  verb(verb: Verb, session: Session, person: string, requestedAt: number | null): void {
    if (verb === 'stop' && session.hostStopped && session.host === person) return;
    if (requestedAt !== null && (requestedAt > this.now + 60_000 || requestedAt < this.now - 7 * DAY))
      throw new ModelError('LK400');
    if (!this.sees(session, person)) throw new ModelError('LK404');
    if (session.host !== person) throw new ModelError('LK403');
    const effectiveAt = requestedAt === null ? this.now : Math.min(requestedAt, this.now);
    if (verb === 'stop') this.stop(session, effectiveAt);
    else if (verb === 'pause') this.pause(session, effectiveAt);
    else this.startOrResume(verb === 'start' ? 'scheduled' : 'paused', session, effectiveAt);
    this.endExpired();
  }

  private startOrResume(from: 'scheduled' | 'paused', session: Session, effectiveAt: number): void {
    if (session.status === 'running') return;
    if (session.status !== from) throw new ModelError('LKSTA');
    if (effectiveAt < session.lastVerbAt) throw new ModelError('LKBEF');
    if (this.sessions.some((other) => other.host === session.host && other.status === 'running'))
      throw new ModelError('LKRUN');
    session.startedAt ??= effectiveAt;
    Object.assign(session, { status: 'running', runningSince: effectiveAt, lastVerbAt: effectiveAt });
    for (const [person, joinedAt] of session.joined) {
      if (session.left.has(person)) continue;
      this.open(session, person, person === session.host ? effectiveAt : Math.max(effectiveAt, joinedAt));
    }
  }

  private open(session: Session, person: string, start: number): void {
    session.logs.push({ person, start, end: null, manual: false, closedAutomatically: false });
  }

  private close(
    session: Session,
    effectiveAt: number,
    automatic: boolean,
    whose: (log: Log) => boolean = () => true,
  ): void {
    session.logs = session.logs.filter((log) => log.end !== null || !whose(log) || log.start < effectiveAt);
    for (const log of session.logs) {
      if (log.end === null && whose(log)) Object.assign(log, { end: effectiveAt, closedAutomatically: automatic });
    }
  }

  private pause(session: Session, effectiveAt: number): void {
    if (session.status === 'paused') return;
    if (session.status !== 'running') throw new ModelError('LKSTA');
    if (effectiveAt < session.lastVerbAt) throw new ModelError('LKBEF');
    this.close(session, effectiveAt, false);
    Object.assign(session, { status: 'paused', lastVerbAt: effectiveAt });
  }

  /** Only the host's first stop counts. After an automatic end, it may move that end to an earlier instant. */
  private stop(session: Session, effectiveAt: number): void {
    if (effectiveAt < session.lastVerbAt) throw new ModelError('LKBEF');
    if (session.status !== 'ended') {
      this.end(session, effectiveAt, false);
    } else if (effectiveAt < session.endedAt!) {
      session.logs = session.logs.filter((log) => !log.closedAutomatically || log.start < effectiveAt);
      for (const log of session.logs) if (log.closedAutomatically) log.end = effectiveAt;
      this.end(session, effectiveAt, true);
    }
    session.hostStopped = true;
  }

  private end(session: Session, effectiveAt: number, automatic: boolean): void {
    this.close(session, effectiveAt, automatic);
    const latest = Math.max(effectiveAt, session.startedAt ?? effectiveAt, ...session.logs.map((log) => log.end!));
    Object.assign(session, { status: 'ended', endedAt: latest, hostStopped: !automatic });
  }

  join(session: Session, person: string): void {
    if (!this.sees(session, person)) throw new ModelError('LK404');
    this.addParticipant(session, person);
  }

  private addParticipant(session: Session, person: string): void {
    if (this.isParticipant(session, person)) return;
    if (this.isArchived) throw new ModelError('LKARC');
    session.joined.set(person, this.now);
    session.left.delete(person);
    if (session.status === 'running') this.open(session, person, Math.max(this.now, session.lastVerbAt));
  }

  leave(session: Session, person: string): void {
    if (!this.sees(session, person)) throw new ModelError('LK404');
    if (session.host === person) throw new ModelError('LKHST');
    this.removeParticipant(session, person);
  }

  private removeParticipant(session: Session, person: string): void {
    if (!this.isParticipant(session, person)) return;
    session.left.add(person);
    this.close(session, this.now, false, (log) => log.person === person);
  }

  addLog(session: Session, person: string, start: number, end: number): void {
    if (end <= start) throw new ModelError('time_logs_end_after_start');
    if (!this.sees(session, person)) throw new ModelError('LK404');
    if (session.inGroup && this.isArchived) throw new ModelError('LKARC');
    if (session.startedAt === null || start < session.startedAt || end > (session.endedAt ?? this.now)) {
      throw new ModelError('LKLOG');
    }
    this.addParticipant(session, person);
    session.logs.push({ person, start, end, manual: true, closedAutomatically: false });
  }

  deleteLog(session: Session, log: Log, person: string): void {
    if (!this.sees(session, person)) throw new ModelError('LK404');
    if (log.person !== person || !log.manual) throw new ModelError('LK403');
    if (session.inGroup && this.isArchived) throw new ModelError('LKARC');
    session.logs.splice(session.logs.indexOf(log), 1);
  }

  archive(person: string): void {
    if (!this.members.has(person)) throw new ModelError('LK404');
    if (person !== this.owner) throw new ModelError('LK403');
    this.groupEnd = Math.min(this.groupEnd, this.now);
    this.endExpired();
  }

  leaveGroup(person: string): void {
    if (!this.members.has(person)) throw new ModelError('LK404');
    if (person === this.owner) throw new ModelError('LKOWN');
    for (const session of this.sessions.filter(({ inGroup, status }) => inGroup && status !== 'ended')) {
      if (session.host === person) this.end(session, Math.max(this.now, session.lastVerbAt), false);
      else this.removeParticipant(session, person);
    }
    this.members.delete(person);
  }

  rejoin(person: string): void {
    if (this.isArchived) throw new ModelError('LKARC');
    if (this.members.has(person)) throw new ModelError('group_members_group_id_user_id_key');
    this.members.add(person);
  }
}
