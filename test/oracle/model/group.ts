import { dayStart, firstDay, nextFirstDay, type Period, type Span } from './calendar.js';
import { SessionModel, ModelError } from './sessions.js';

interface Change {
  at: number;
  minutes: number | null;
}

export interface GroupOptions {
  owner: string;
  timezone: string;
  period: Period;
  target: number;
  startAt: number;
  endAt: number;
}

export type Role = 'owner' | 'admin' | 'member';

export interface Invite {
  recipient: string;
  status: 'pending' | 'accepted' | 'declined';
  rescinded: boolean;
}

const latestBefore = (changes: Change[], instant: number): Change | undefined =>
  changes.filter(({ at }) => at < instant).at(-1);

/** One group from its creation on: sessions (specification 5), members and roles (specification 4), and target history. */
export class GroupModel extends SessionModel {
  readonly timezone: string;
  readonly period: Period;
  readonly startAt: number;
  private readonly targets: Change[];
  private readonly overrides = new Map<string, Change[]>();
  private readonly admins = new Set<string>();
  readonly invites: Invite[] = [];

  constructor(options: GroupOptions, now: number) {
    super(options.owner, new Set([options.owner]), options.endAt, now);
    this.timezone = options.timezone;
    this.period = options.period;
    this.startAt = options.startAt;
    this.targets = [{ at: now, minutes: options.target }];
  }

  roleOf(person: string): Role {
    if (person === this.owner) return 'owner';
    return this.admins.has(person) ? 'admin' : 'member';
  }

  overrideOf(person: string): number | null {
    return this.overrides.get(person)?.at(-1)?.minutes ?? null;
  }

  addMember(by: string, person: string, role: 'admin' | 'member'): void {
    this.requireRole(by, ...(role === 'admin' ? (['owner'] as const) : (['owner', 'admin'] as const)));
    this.insertMember(person);
    if (role === 'admin') this.admins.add(person);
    for (const invite of this.invites) {
      if (invite.recipient === person && invite.status === 'pending') invite.status = 'accepted';
    }
  }

  private insertMember(person: string): void {
    this.rejoin(person);
    this.changeOverride(person, null);
  }

  removeMember(by: string, person: string): void {
    this.requireMember(by);
    this.requireMember(person);
    if (by !== person) this.requireRole(by, 'owner', 'admin');
    if (by !== person && by !== this.owner && this.roleOf(person) !== 'member') throw new ModelError('LK403');
    this.leaveGroup(person);
    this.admins.delete(person);
  }

  setRole(by: string, person: string, role: 'admin' | 'member'): void {
    this.requireMember(by);
    this.requireMember(person);
    this.requireRole(by, 'owner');
    if (person === this.owner) throw new ModelError('LKOWN');
    this.requireActive();
    if (role === 'admin') this.admins.add(person);
    else this.admins.delete(person);
  }

  transfer(by: string, newOwner: string): void {
    this.requireMember(by);
    this.requireMember(newOwner);
    this.requireRole(by, 'owner');
    this.admins.add(this.owner);
    this.admins.delete(newOwner);
    this.owner = newOwner;
  }

  /** Returns the pending invite, and creates it if there is none. */
  invite(by: string, recipient: string): Invite {
    this.requireRole(by, 'owner', 'admin');
    this.requireActive();
    if (this.members.has(recipient)) throw new ModelError('LKMEM');
    const pending = this.invites.find((one) => one.recipient === recipient && one.status === 'pending');
    if (pending) return pending;
    const invite: Invite = { recipient, status: 'pending', rescinded: false };
    this.invites.push(invite);
    return invite;
  }

  answerInvite(by: string, invite: Invite, answer: 'accepted' | 'declined'): void {
    if (by !== invite.recipient) throw new ModelError('LK404');
    if (invite.rescinded || this.hasExpired(invite)) throw new ModelError('LKCLO');
    if (invite.status !== 'pending' && invite.status !== answer) throw new ModelError('LKANS');
    if (invite.status !== 'pending') return;
    if (answer === 'accepted') this.insertMember(by);
    invite.status = answer;
  }

  rescind(by: string, invite: Invite): void {
    this.requireRole(by, 'owner', 'admin');
    if (invite.rescinded) return;
    if (invite.status !== 'pending' || this.hasExpired(invite)) throw new ModelError('LKCLO');
    Object.assign(invite, { status: 'declined', rescinded: true });
  }

  private hasExpired(invite: Invite): boolean {
    return invite.status === 'pending' && this.isArchived;
  }

  setTarget(by: string, minutes: number): void {
    this.requireRole(by, 'owner', 'admin');
    this.requireActive();
    this.targets.push({ at: this.now, minutes });
  }

  setOverride(by: string, person: string, minutes: number | null): void {
    this.requireMember(by);
    this.requireMember(person);
    this.requireRole(by, 'owner', 'admin');
    this.requireActive();
    this.changeOverride(person, minutes);
  }

  private changeOverride(person: string, minutes: number | null): void {
    this.overrides.set(person, [...(this.overrides.get(person) ?? []), { at: this.now, minutes }]);
  }

  setEnd(by: string, end: number): void {
    if (end <= this.now) throw new ModelError('groups_end_in_future');
    this.requireRole(by, 'owner', 'admin');
    this.requireActive();
    if (end <= this.startAt) throw new ModelError('groups_end_after_start');
    this.groupEnd = end;
  }

  private requireMember(person: string): void {
    if (!this.members.has(person)) throw new ModelError('LK404');
  }

  private requireRole(person: string, ...allowed: Role[]): void {
    this.requireMember(person);
    if (!allowed.includes(this.roleOf(person))) throw new ModelError('LK403');
  }

  private requireActive(): void {
    if (this.isArchived) throw new ModelError('LKARC');
  }

  /** The target in force when a period ended. Periods before the group's creation have its first target. */
  targetBefore(person: string, instant: number): number {
    const own = latestBefore(this.overrides.get(person) ?? [], instant)?.minutes;
    return own ?? (latestBefore(this.targets, instant) ?? this.targets[0]!).minutes!;
  }

  /** A member's time in the group: closed logs in whole, running segments up to the given instant. */
  timeOf(person: string, at: number): Span[] {
    return this.sessions
      .filter(({ inGroup }) => inGroup)
      .flatMap((session) =>
        session.logs
          .filter((log) => log.person === person)
          .map(({ start, end }) => ({ start, end: end ?? Math.min(at, this.automaticEnd(session)) })),
      );
  }

  /** A person's time in all sessions, also solo ones. */
  focusOf(person: string, at: number): Span[] {
    return this.sessions.flatMap((session) =>
      session.logs
        .filter((log) => log.person === person)
        .map(({ start, end }) => ({ start, end: end ?? Math.min(at, this.automaticEnd(session)) }))
        .filter(({ start, end }) => start < end),
    );
  }

  isRunning(person: string, at: number): boolean {
    return this.sessions.some(
      (session) =>
        session.inGroup &&
        at >= this.startAt &&
        this.automaticEnd(session) > at &&
        session.logs.some((log) => log.person === person && log.end === null),
    );
  }

  /** The calendar's period around an instant, not clamped to the group's lifetime. */
  private calendarPeriodAt(at: number): Span {
    const day = firstDay(this.timezone, this.period, at);
    const start = dayStart(this.timezone, day);
    return { start, end: dayStart(this.timezone, nextFirstDay(this.period, day)) };
  }

  periodEnd(): number {
    return this.calendarPeriodAt(this.now).end;
  }

  calendarPeriodStart(at: number): number {
    return this.calendarPeriodAt(at).start;
  }
}
