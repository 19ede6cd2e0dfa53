import { Club } from '../model/club.js';
import { Refusal } from '../model/sessions.js';
import { deedOf } from './deeds.js';
import type { Plan } from './plans.js';
import { lookAround, lookBack, snapshot } from './looks.js';

/** A statement about `($1)[1]`, the group, and `($1)[2...]`, its sessions, and what the oracle says it does. */
export interface Line {
  at: number;
  /** For readers of a failure. */
  says: string;
  sql: string;
  /** Whether it makes one of the things that later lines name. */
  makes?: boolean;
  expected: unknown;
}

export const quote = (text: string): string => `'${text}'`;
export const instant = (at: number): string => quote(new Date(at).toISOString());

/** The refusal of a deed, else null; the model refuses before it changes anything. */
export function outcome(deed: () => void): string | null {
  try {
    deed();
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

/** A history in the model, and the statements that make it true in the database. */
export interface Play {
  club: Club;
  lines: Line[];
}

function found(plan: Plan, owner: string): Play {
  const now = plan.begins;
  const startAt = now + plan.startsAfter;
  const endAt = now + plan.lasts;
  const club = new Club({ owner, timezone: plan.zone, period: plan.period, target: plan.target, startAt, endAt }, now);
  const sql = `SELECT create_group(${quote(owner)}, 'Deep work', '', ${instant(startAt)}, ${instant(endAt)}, ${quote(plan.zone)},
    ${quote(plan.period)}, ${plan.target}, ${instant(now)})`;
  const says = `a ${plan.period} group in ${plan.zone} from ${instant(startAt)} to ${instant(endAt)}, ${plan.target} minutes`;
  return { club, lines: [{ at: now, says, sql, makes: true, expected: null }] };
}

/** Lets a plan happen in the model and writes down what is to happen in the database; nothing comes after `until`. */
export function happen(plan: Plan, people: string[], until = Infinity): Play {
  const { club, lines } = found(plan, people[0]!);
  for (const step of plan.steps) {
    const to = club.now + ('ms' in step.wait ? step.wait.ms : toEdge(club, step.wait.edge));
    if (to > until) break;
    club.pass(to - club.now);
    if (step.deed === 'look') {
      lines.push(...lookAround(club));
      continue;
    }
    const deed = deedOf(club, step, people);
    if (!deed) continue;
    const { model, ...line } = deed;
    lines.push({ ...line, at: club.now, expected: outcome(model) });
    club.pass(0);
  }
  return { club, lines };
}

/** The same with all that there is to see at the end of it. */
export function play(plan: Plan, people: string[], until?: number): Play {
  const { club, lines } = happen(plan, people, until);
  return { club, lines: [...lines, snapshot(club), ...lookAround(club), ...lookBack(club)] };
}

function toEdge(club: Club, edge: number): number {
  return Math.max(0, club.periodEnd() + edge - club.now);
}
