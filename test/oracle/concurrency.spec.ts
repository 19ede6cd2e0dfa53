import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { errorCode, useDatabase } from '../sql/support/connections.js';
import { invariantViolations } from '../sql/support/session-observations.js';
import { type Command, commandFor } from './support/commands.js';
import { observeSessions } from './support/observations.js';
import { type Scenario, scenarios, type Step, step } from './support/generators.js';
import { applyCommands, errorOf } from './support/runner.js';
import { runScript, compare, setUpDatabase } from './support/setup.js';

const PEOPLE = [1, 2, 3, 4].map((number) => `00000000-0000-4000-8000-00000000000${number}`);
const RUNS = 120;

/** Commands that run at once, each on its own connection. */
const CONCURRENT = 3;
const TIMEOUT_MS = 90_000;

/** The error codes of the commands, and the sessions afterwards. */
interface Outcome {
  errors: (string | null)[];
  sessions: unknown;
}

/** Commands whose effect does not depend on the order in which ids are created. */
const concurrentStep = step.filter(({ command }) => !['create', 'record', 'deleteLog', 'observe'].includes(command));

function permutations(numbers: number[]): number[][] {
  if (numbers.length < 2) return [numbers];
  return numbers.flatMap((first) =>
    permutations(numbers.filter((number) => number !== first)).map((rest) => [first, ...rest]),
  );
}

/** The outcome of each serial order of the commands. */
function predicted(scenario: Scenario, steps: Step[]): Outcome[] {
  return permutations(steps.map((_, number) => number)).map((order) => {
    const { model } = applyCommands(scenario, PEOPLE);
    const commands = steps.map((one) => commandFor(model, one, PEOPLE));
    const errors: (string | null)[] = commands.map(() => null);
    for (const number of order) {
      errors[number] = errorOf(() => commands[number]?.apply());
      model.advance(0);
    }
    return { errors, sessions: observeSessions(model).expected };
  });
}

/** A second running session of a host: the index refuses what the function cannot see yet. */
const EQUIVALENT_CODES: Record<string, string> = { sessions_one_running_per_host: 'LKRUN' };

/** Serialization failures and deadlocks, which the API retries as well. */
const RETRYABLE = ['40001', '40P01'];

describe('Concurrent commands', () => {
  let observer: pg.Client;
  let clients: pg.Client[];

  useDatabase(async (database) => {
    observer = await database.connect();
    clients = await Promise.all(Array.from({ length: CONCURRENT }, () => database.connect()));
    await setUpDatabase(observer);
    await observer.query('INSERT INTO profiles (id) SELECT unnest($1::uuid[])', [PEOPLE]);
  });

  const query = (client: pg.Client, sql: string, ids: string[]): Promise<pg.QueryResult<Record<string, unknown>>> =>
    sql.includes('($1)') ? client.query(sql.replaceAll('($1)', '($1::uuid[])'), [ids]) : client.query(sql);

  async function execute(client: pg.Client, { sql }: Command, ids: string[]): Promise<string | null> {
    for (;;) {
      const code = (await errorCode(query(client, sql, ids))) ?? null;
      if (code === null) return null;
      if (!RETRYABLE.includes(code)) return EQUIVALENT_CODES[code] ?? code;
    }
  }

  /** Commits the scenario, then runs the commands at once. */
  async function observed(scenario: Scenario, steps: Step[]): Promise<Outcome> {
    await observer.query('TRUNCATE groups, sessions CASCADE');
    const { model, statements } = applyCommands(scenario, PEOPLE);
    const idStatement = { at: model.now, description: 'the ids', sql: 'SELECT to_json($1)', expected: null };
    const results = await runScript(observer, [...statements, idStatement], true);
    compare(statements, results);
    const ids = JSON.parse(results.at(-1)!) as string[];
    const at = new Date(model.now).toISOString();
    await Promise.all(clients.map((client) => client.query(`SELECT set_config('test.clock', $1, false)`, [at])));
    const commands = steps.map((one) => commandFor(model, one, PEOPLE));
    const errors = await Promise.all(
      commands.map((command, number) => (command ? execute(clients[number]!, command, ids) : Promise.resolve(null))),
    );
    expect(await invariantViolations(observer)).toEqual([]);
    const { rows } = await query(observer, observeSessions(model).sql, ids);
    return { errors, sessions: Object.values(rows[0]!)[0] };
  }

  const transcript = (scenario: Scenario, steps: Step[]): string => {
    const { model, statements } = applyCommands(scenario, PEOPLE);
    const together = steps.map(
      (one) => `${'at once'.padEnd(24)}  ${commandFor(model, one, PEOPLE)?.description ?? 'nothing'}`,
    );
    return [
      ...statements.map(({ at, description }) => `${new Date(at).toISOString()}  ${description}`),
      ...together,
    ].join('\n');
  };

  it(
    'have the outcome of some serial order',
    async () => {
      let runs = 0;
      const concurrentSteps = fc.array(concurrentStep, { minLength: CONCURRENT, maxLength: CONCURRENT });
      const property = fc.asyncProperty(scenarios(['UTC'], { steps: 12 }), concurrentSteps, async (scenario, steps) => {
        const outcome = await observed(scenario, steps);
        const outcomes = predicted(scenario, steps);
        runs += 1;
        if (outcomes.some((one) => isDeepStrictEqual(one, outcome))) return;
        const distinct = [...new Set(outcomes.map((one) => JSON.stringify(one)))];
        throw new Error(
          `${transcript(scenario, steps)}\n\nobserved:  ${JSON.stringify(outcome)}\npredicted: ${distinct.join('\n   or:     ')}\n`,
        );
      });
      await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
      expect(runs).toBe(RUNS);
    },
    TIMEOUT_MS,
  );
});
