import { dayStart, firstDay, nextFirstDay, type Period, type Span } from './calendar.js';
import { Model, Refusal } from './sessions.js';

interface Change {
  at: number;
  minutes: number | null;
}

export interface ClubPlan {
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

/** The latest change before a moment. */
const latest = (changes: Change[], moment: number): Change | undefined =>
  changes.filter(({ at }) => at < moment).at(-1);

/**
 * A group from its making on: its sessions (the model of section 5), who belongs to it and as what (section 4), and every
 * target it has had.
 */
export class Club extends Model {
  readonly timezone: string;
  readonly period: Period;
  readonly startAt: number;
  private readonly targets: Change[];
  private readonly overrides = new Map<string, Change[]>();
  private readonly admins = new Set<string>();
  readonly invites: Invite[] = [];

  constructor(plan: ClubPlan, now: number) {
    super(plan.owner, new Set([plan.owner]), plan.endAt, now);
    this.timezone = plan.timezone;
    this.period = plan.period;
    this.startAt = plan.startAt;
    this.targets = [{ at: now, minutes: plan.target }];
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
    this.enterGroup(person);
    if (role === 'admin') this.admins.add(person);
    for (const invite of this.invites) {
      if (invite.recipient === person && invite.status === 'pending') invite.status = 'accepted';
    }
  }

  private enterGroup(person: string): void {
    this.returnToGroup(person);
    this.changeOverride(person, null);
  }

  removeMember(by: string, person: string): void {
    this.requireMember(by);
    this.requireMember(person);
    if (by !== person) this.requireRole(by, 'owner', 'admin');
    if (by !== person && by !== this.owner && this.roleOf(person) !== 'member') throw new Refusal('LK403');
    this.leaveGroup(person);
    this.admins.delete(person);
  }

  setRole(by: string, person: string, role: 'admin' | 'member'): void {
    this.requireMember(by);
    this.requireMember(person);
    this.requireRole(by, 'owner');
    if (person === this.owner) throw new Refusal('LKOWN');
    this.requireActive();
    if (role === 'admin') this.admins.add(person);
    else this.admins.delete(person);
  }

  transfer(by: string, heir: string): void {
    this.requireMember(by);
    this.requireMember(heir);
    this.requireRole(by, 'owner');
    this.admins.add(this.owner);
    this.admins.delete(heir);
    this.owner = heir;
  }

  /** Returns the pending invite, be it there already. */
  invite(by: string, recipient: string): Invite {
    this.requireRole(by, 'owner', 'admin');
    this.requireActive();
    if (this.members.has(recipient)) throw new Refusal('LKMEM');
    const pending = this.invites.find((one) => one.recipient === recipient && one.status === 'pending');
    if (pending) return pending;
    const invite: Invite = { recipient, status: 'pending', rescinded: false };
    this.invites.push(invite);
    return invite;
  }

  answerInvite(by: string, invite: Invite, answer: 'accepted' | 'declined'): void {
    if (by !== invite.recipient) throw new Refusal('LK404');
    if (invite.rescinded || this.hasExpired(invite)) throw new Refusal('LKCLO');
    if (invite.status !== 'pending' && invite.status !== answer) throw new Refusal('LKANS');
    if (invite.status !== 'pending') return;
    if (answer === 'accepted') this.enterGroup(by);
    invite.status = answer;
  }

  rescind(by: string, invite: Invite): void {
    this.requireRole(by, 'owner', 'admin');
    if (invite.rescinded) return;
    if (invite.status !== 'pending' || this.hasExpired(invite)) throw new Refusal('LKCLO');
    Object.assign(invite, { status: 'declined', rescinded: true });
  }

  private hasExpired(invite: Invite): boolean {
    return invite.status === 'pending' && this.groupIsOver;
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
    if (end <= this.now) throw new Refusal('groups_end_in_future');
    this.requireRole(by, 'owner', 'admin');
    this.requireActive();
    if (end <= this.startAt) throw new Refusal('groups_end_after_start');
    this.groupEnd = end;
  }

  private requireMember(person: string): void {
    if (!this.members.has(person)) throw new Refusal('LK404');
  }

  private requireRole(person: string, ...allowed: Role[]): void {
    this.requireMember(person);
    if (!allowed.includes(this.roleOf(person))) throw new Refusal('LK403');
  }

  private requireActive(): void {
    if (this.groupIsOver) throw new Refusal('LKARC');
  }

  /** The target in force when a period ended; the group may have begun before it was made, with its first target. */
  targetBefore(person: string, moment: number): number {
    const own = latest(this.overrides.get(person) ?? [], moment)?.minutes;
    return own ?? (latest(this.targets, moment) ?? this.targets[0]!).minutes!;
  }

  /** What counts of somebody's time in the group: closed logs whole, running segments up to the instant asked for. */
  timeOf(person: string, at: number): Span[] {
    return this.sessions
      .filter(({ inGroup }) => inGroup)
      .flatMap((session) =>
        session.logs
          .filter((log) => log.person === person)
          .map(({ start, end }) => ({ start, end: end ?? Math.min(at, this.endsByItself(session)) })),
      );
  }

  runs(person: string, at: number): boolean {
    return this.sessions.some(
      (session) =>
        session.inGroup &&
        this.endsByItself(session) > at &&
        session.logs.some((log) => log.person === person && log.end === null),
    );
  }

  /** When the period that this moment lies in begins and ends, by the calendar alone. */
  private calendarPeriod(at: number): Span {
    const day = firstDay(this.timezone, this.period, at);
    const start = dayStart(this.timezone, day);
    return { start, end: dayStart(this.timezone, nextFirstDay(this.period, day)) };
  }

  periodEnd(): number {
    return this.calendarPeriod(this.now).end;
  }

  edgeBefore(at: number): number {
    return this.calendarPeriod(at).start;
  }
}
