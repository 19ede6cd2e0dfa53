import { GroupModel } from '../model/group.js';
import { ModelError } from '../model/sessions.js';
import { commandFor } from './commands.js';
import type { Scenario } from './generators.js';
import { observePast, observePresent, observeSessions } from './observations.js';

/** A statement, in which `($1)[1]` is the group's id and `($1)[2...]` are those of its sessions, and its expected result. */
export interface Statement {
  at: number;
  /** Shown when a run fails. */
  description: string;
  sql: string;
  /** Whether the result is the id of a new group or session, for later statements. */
  returnsId?: boolean;
  /** The error code or the observed JSON; null for a command that succeeds. */
  expected: unknown;
}

export const quote = (text: string): string => `'${text}'`;
export const instant = (at: number): string => quote(new Date(at).toISOString());

/** The error code of a command on the model, or null. */
export function errorOf(command: () => void): string | null {
  try {
    command();
    return null;
  } catch (error) {
    if (error instanceof ModelError) return error.code;
    throw error;
  }
}

/** The model after a scenario, and the statements that run the scenario in the database. */
export interface Script {
  model: GroupModel;
  statements: Statement[];
}

function createGroup(scenario: Scenario, owner: string): Script {
  const now = scenario.createdAt;
  const startAt = now + scenario.startOffset;
  const endAt = now + scenario.duration;
  const model = new GroupModel(
    { owner, timezone: scenario.zone, period: scenario.period, target: scenario.target, startAt, endAt },
    now,
  );
  const sql = `SELECT create_group(${quote(owner)}, 'Deep work', '', ${instant(startAt)}, ${instant(endAt)}, ${quote(scenario.zone)},
    ${quote(scenario.period)}, ${scenario.target}, ${instant(now)})`;
  const description = `a ${scenario.period} group in ${scenario.zone} from ${instant(startAt)} to ${instant(endAt)}, ${scenario.target} minutes`;
  return { model, statements: [{ at: now, description, sql, returnsId: true, expected: null }] };
}

/** Applies a scenario to the model, and translates it into statements. Steps after `until` are left out. */
export function applyCommands(scenario: Scenario, people: string[], until = Infinity): Script {
  const { model, statements } = createGroup(scenario, people[0]!);
  for (const step of scenario.steps) {
    const to = model.now + ('ms' in step.wait ? step.wait.ms : untilBoundary(model, step.wait.boundary));
    if (to > until) break;
    model.advance(to - model.now);
    if (step.command === 'observe') {
      statements.push(...observePresent(model));
      continue;
    }
    const command = commandFor(model, step, people);
    if (!command) continue;
    const { apply, ...statement } = command;
    statements.push({ ...statement, at: model.now, expected: errorOf(apply) });
    model.advance(0);
  }
  return { model, statements };
}

/** The same, followed by every observation. */
export function scriptFor(scenario: Scenario, people: string[], until?: number): Script {
  const { model, statements } = applyCommands(scenario, people, until);
  return {
    model,
    statements: [...statements, observeSessions(model), ...observePresent(model), ...observePast(model)],
  };
}

function untilBoundary(model: GroupModel, boundary: number): number {
  return Math.max(0, model.periodEnd() + boundary - model.now);
}
