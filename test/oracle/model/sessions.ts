/**
 * Specification 4 and 5 in plain TypeScript, for one group: what a session is at every moment, and what each verb does
 * to it or why it is refused (by the SQLSTATE or the constraint that the database names). Instants are milliseconds.
 */

export const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export type Verb = 'start' | 'pause' | 'resume' | 'stop';

export interface Log {
  person: string;
  start: number;
  end: number | null;
  manual: boolean;
  closedByItself: boolean;
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
  /** When each person joined; those who left are in `out`. */
  joined: Map<string, number>;
  out: Set<string>;
  logs: Log[];
}

export class Refusal extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

export class Model {
  now: number;
  readonly sessions: Session[] = [];
  /** Everybody who was ever a member. */
  readonly known: ReadonlySet<string>;

  constructor(
    public owner: string,
    readonly members: Set<string>,
    public groupEnd: number,
    now: number,
  ) {
    this.now = now;
    this.known = new Set(members);
  }

  /** Time goes on: what ends by itself has ended, for everybody and at once. */
  pass(milliseconds: number): void {
    this.now += milliseconds;
    this.settle();
  }

  passTo(instant: number): void {
    this.pass(Math.max(0, instant - this.now));
  }

  private settle(): void {
    for (const session of this.sessions) {
      const end = this.endsByItself(session);
      if (session.status !== 'ended' && end <= this.now) this.end(session, end, true);
    }
  }

  endsByItself(session: Session): number {
    const withGroup = session.inGroup ? this.groupEnd : Infinity;
    if (session.status === 'running') return Math.min(session.runningSince + 12 * HOUR, withGroup);
    if (session.status === 'paused') return withGroup;
    return Math.min((session.scheduledStart ?? session.createdAt) + DAY, withGroup);
  }

  get groupIsOver(): boolean {
    return this.groupEnd <= this.now;
  }

  private sees(session: Session, person: string): boolean {
    return this.takesPart(session, person) || (session.inGroup && this.members.has(person));
  }

  private takesPart(session: Session, person: string): boolean {
    return session.joined.has(person) && !session.out.has(person);
  }

  create(host: string, inGroup: boolean, scheduledStart: number | null): void {
    if (scheduledStart !== null && scheduledStart < this.now - 60_000)
      throw new Refusal('sessions_scheduled_start_not_past');
    if (inGroup && !this.members.has(host)) throw new Refusal('LK404');
    if (inGroup && this.groupIsOver) throw new Refusal('LKARC');
    if (this.sessions.filter((other) => other.host === host && other.status === 'scheduled').length >= 20) {
      throw new Refusal('LKSCH');
    }
    this.sessions.push({
      ...{ host, inGroup, status: 'scheduled', createdAt: this.now, scheduledStart, startedAt: null, endedAt: null },
      ...{ runningSince: 0, lastVerbAt: -Infinity, hostStopped: false, out: new Set(), logs: [] },
      joined: new Map([[host, this.now]]),
    });
  }

  verb(verb: Verb, session: Session, person: string, said: number | null): void {
    if (verb === 'stop' && session.hostStopped && session.host === person) return;
    if (said !== null && (said > this.now + 60_000 || said < this.now - 7 * DAY)) throw new Refusal('LK400');
    if (!this.sees(session, person)) throw new Refusal('LK404');
    if (session.host !== person) throw new Refusal('LK403');
    const moment = said === null ? this.now : Math.min(said, this.now);
    if (verb === 'stop') this.stop(session, moment);
    else if (verb === 'pause') this.pause(session, moment);
    else this.run(verb === 'start' ? 'scheduled' : 'paused', session, moment);
    this.settle();
  }

  private run(from: 'scheduled' | 'paused', session: Session, moment: number): void {
    if (session.status === 'running') return;
    if (session.status !== from) throw new Refusal('LKSTA');
    if (moment < session.lastVerbAt) throw new Refusal('LKBEF');
    if (this.sessions.some((other) => other.host === session.host && other.status === 'running'))
      throw new Refusal('LKRUN');
    session.startedAt ??= moment;
    Object.assign(session, { status: 'running', runningSince: moment, lastVerbAt: moment });
    for (const [person, joinedAt] of session.joined) {
      if (session.out.has(person)) continue;
      this.open(session, person, person === session.host ? moment : Math.max(moment, joinedAt));
    }
  }

  private open(session: Session, person: string, start: number): void {
    session.logs.push({ person, start, end: null, manual: false, closedByItself: false });
  }

  private close(session: Session, moment: number, byItself: boolean, whose: (log: Log) => boolean = () => true): void {
    session.logs = session.logs.filter((log) => log.end !== null || !whose(log) || log.start < moment);
    for (const log of session.logs) {
      if (log.end === null && whose(log)) Object.assign(log, { end: moment, closedByItself: byItself });
    }
  }

  private pause(session: Session, moment: number): void {
    if (session.status === 'paused') return;
    if (session.status !== 'running') throw new Refusal('LKSTA');
    if (moment < session.lastVerbAt) throw new Refusal('LKBEF');
    this.close(session, moment, false);
    Object.assign(session, { status: 'paused', lastVerbAt: moment });
  }

  /** The host's first stop counts: also after an end that came by itself, which it moves back if it is earlier. */
  private stop(session: Session, moment: number): void {
    if (moment < session.lastVerbAt) throw new Refusal('LKBEF');
    if (session.status !== 'ended') {
      this.end(session, moment, false);
    } else if (moment < session.endedAt!) {
      session.logs = session.logs.filter((log) => !log.closedByItself || log.start < moment);
      for (const log of session.logs) if (log.closedByItself) log.end = moment;
      this.end(session, moment, true);
    }
    session.hostStopped = true;
  }

  private end(session: Session, moment: number, byItself: boolean): void {
    this.close(session, moment, byItself);
    const latest = Math.max(moment, session.startedAt ?? moment, ...session.logs.map((log) => log.end!));
    Object.assign(session, { status: 'ended', endedAt: latest, hostStopped: !byItself });
  }

  join(session: Session, person: string): void {
    if (!this.sees(session, person)) throw new Refusal('LK404');
    this.enter(session, person);
  }

  private enter(session: Session, person: string): void {
    if (this.takesPart(session, person)) return;
    if (this.groupIsOver) throw new Refusal('LKARC');
    session.joined.set(person, this.now);
    session.out.delete(person);
    if (session.status === 'running') this.open(session, person, Math.max(this.now, session.lastVerbAt));
  }

  leave(session: Session, person: string): void {
    if (!this.sees(session, person)) throw new Refusal('LK404');
    if (session.host === person) throw new Refusal('LKHST');
    this.takeOut(session, person);
  }

  private takeOut(session: Session, person: string): void {
    if (!this.takesPart(session, person)) return;
    session.out.add(person);
    this.close(session, this.now, false, (log) => log.person === person);
  }

  addLog(session: Session, person: string, start: number, end: number): void {
    if (end <= start) throw new Refusal('time_logs_end_after_start');
    if (!this.sees(session, person)) throw new Refusal('LK404');
    if (session.inGroup && this.groupIsOver) throw new Refusal('LKARC');
    if (session.startedAt === null || start < session.startedAt || end > (session.endedAt ?? this.now)) {
      throw new Refusal('LKLOG');
    }
    this.enter(session, person);
    session.logs.push({ person, start, end, manual: true, closedByItself: false });
  }

  deleteLog(session: Session, log: Log, person: string): void {
    if (!this.sees(session, person)) throw new Refusal('LK404');
    if (log.person !== person || !log.manual) throw new Refusal('LK403');
    if (session.inGroup && this.groupIsOver) throw new Refusal('LKARC');
    session.logs.splice(session.logs.indexOf(log), 1);
  }

  archive(person: string): void {
    if (!this.members.has(person)) throw new Refusal('LK404');
    if (person !== this.owner) throw new Refusal('LK403');
    this.groupEnd = Math.min(this.groupEnd, this.now);
    this.settle();
  }

  leaveGroup(person: string): void {
    if (!this.members.has(person)) throw new Refusal('LK404');
    if (person === this.owner) throw new Refusal('LKOWN');
    for (const session of this.sessions.filter(({ inGroup, status }) => inGroup && status !== 'ended')) {
      if (session.host === person) this.end(session, Math.max(this.now, session.lastVerbAt), false);
      else this.takeOut(session, person);
    }
    this.members.delete(person);
  }

  returnToGroup(person: string): void {
    if (this.groupIsOver) throw new Refusal('LKARC');
    if (this.members.has(person)) throw new Refusal('group_members_group_id_user_id_key');
    this.members.add(person);
  }
}
