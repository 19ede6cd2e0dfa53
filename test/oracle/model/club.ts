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

/** The latest change before a moment. */
const latest = (changes: Change[], moment: number): Change | undefined =>
  changes.filter(({ at }) => at < moment).at(-1);

/** A group from its making on: its sessions (the model of section 5), who belongs to it, and every target it has had. */
export class Club extends Model {
  readonly timezone: string;
  readonly period: Period;
  readonly startAt: number;
  private readonly targets: Change[];
  private readonly overrides = new Map<string, Change[]>();

  constructor(plan: ClubPlan, now: number) {
    super(plan.owner, new Set([plan.owner]), plan.endAt, now);
    this.timezone = plan.timezone;
    this.period = plan.period;
    this.startAt = plan.startAt;
    this.targets = [{ at: now, minutes: plan.target }];
  }

  enterGroup(person: string): void {
    this.returnToGroup(person);
    this.changeOverride(person, null);
  }

  setTarget(minutes: number): void {
    this.requireActive();
    this.targets.push({ at: this.now, minutes });
  }

  setOverride(person: string, minutes: number | null): void {
    if (!this.members.has(person)) throw new Refusal('LK404');
    this.requireActive();
    this.changeOverride(person, minutes);
  }

  private changeOverride(person: string, minutes: number | null): void {
    this.overrides.set(person, [...(this.overrides.get(person) ?? []), { at: this.now, minutes }]);
  }

  setEnd(end: number): void {
    this.requireActive();
    if (end <= this.now) throw new Refusal('groups_end_in_future');
    if (end <= this.startAt) throw new Refusal('groups_end_after_start');
    this.groupEnd = end;
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
