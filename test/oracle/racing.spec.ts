import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { openDatabase, refusalOf, type Connections } from '../sql/support/connections.js';
import { faultsIn } from '../sql/support/session-checks.js';
import { type Deed, deedOf } from './support/deeds.js';
import { snapshot } from './support/looks.js';
import { type Plan, plans, type Step, step } from './support/plans.js';
import { happen, outcome } from './support/play.js';
import { answersTo, compare, setStage } from './support/stage.js';

const PEOPLE = [1, 2, 3, 4].map((number) => `00000000-0000-4000-8000-00000000000${number}`);
const RUNS = 120;

/** How many deeds meet, each on a connection of its own. */
const AT_ONCE = 3;
const PATIENCE = 90_000;

/** What deeds and sessions became, whether seen or foretold. */
interface Outcome {
  answers: (string | null)[];
  sessions: unknown;
}

/** Deeds whose effect does not depend on who made what first. */
const racing = step.filter(({ deed }) => !['create', 'unlog', 'look'].includes(deed));

function orders(numbers: number[]): number[][] {
  if (numbers.length < 2) return [numbers];
  return numbers.flatMap((first) =>
    orders(numbers.filter((number) => number !== first)).map((rest) => [first, ...rest]),
  );
}

/** All that could have come of deeds that met, by the order in which they took effect. */
function foretold(plan: Plan, meeting: Step[]): Outcome[] {
  return orders(meeting.map((_, number) => number)).map((order) => {
    const { club } = happen(plan, PEOPLE);
    const deeds = meeting.map((one) => deedOf(club, one, PEOPLE));
    const answers: (string | null)[] = deeds.map(() => null);
    for (const number of order) {
      answers[number] = outcome(() => deeds[number]?.model());
      club.pass(0);
    }
    return { answers, sessions: snapshot(club).expected };
  });
}

/** Two ways to say that a host has a session running already; the second is the index's, when two come at once. */
const sameRefusal: Record<string, string> = { sessions_one_running_per_host: 'LKRUN' };

/** The API, too, tries again what PostgreSQL broke off because two waited for each other. */
const BROKEN_OFF = ['40001', '40P01'];

describe('Deeds that meet', () => {
  let database: Connections;
  let watch: pg.Client;
  let crowd: pg.Client[];

  beforeAll(async () => {
    database = await openDatabase();
    watch = await database.connect();
    crowd = await Promise.all(Array.from({ length: AT_ONCE }, () => database.connect()));
    await setStage(watch);
    await watch.query('INSERT INTO profiles (id) SELECT unnest($1::uuid[])', [PEOPLE]);
  });

  afterAll(() => database.close());

  const ask = (client: pg.Client, sql: string, ids: string[]): Promise<pg.QueryResult<Record<string, unknown>>> =>
    sql.includes('($1)') ? client.query(sql.replaceAll('($1)', '($1::uuid[])'), [ids]) : client.query(sql);

  async function tryOn(client: pg.Client, { sql }: Deed, ids: string[]): Promise<string | null> {
    for (;;) {
      const refusal = (await refusalOf(ask(client, sql, ids))) ?? null;
      if (refusal === null) return null;
      if (!BROKEN_OFF.includes(refusal)) return sameRefusal[refusal] ?? refusal;
    }
  }

  /** Plays the plan for good, lets the deeds meet, and says what came of it. */
  async function seen(plan: Plan, meeting: Step[]): Promise<Outcome> {
    await watch.query('TRUNCATE groups, sessions CASCADE');
    const { club, lines } = happen(plan, PEOPLE);
    const known = { at: club.now, says: 'what was made', sql: 'SELECT to_json($1)', expected: null };
    const played = await answersTo(watch, [...lines, known], true);
    compare(lines, played);
    const ids = JSON.parse(played.at(-1)!) as string[];
    const at = new Date(club.now).toISOString();
    await Promise.all(crowd.map((client) => client.query(`SELECT set_config('test.clock', $1, false)`, [at])));
    const deeds = meeting.map((one) => deedOf(club, one, PEOPLE));
    const answers = await Promise.all(
      deeds.map((deed, number) => (deed ? tryOn(crowd[number]!, deed, ids) : Promise.resolve(null))),
    );
    expect(await faultsIn(watch)).toEqual([]);
    const { rows } = await ask(watch, snapshot(club).sql, ids);
    return { answers, sessions: Object.values(rows[0]!)[0] };
  }

  const story = (plan: Plan, meeting: Step[]): string => {
    const { club, lines } = happen(plan, PEOPLE);
    const together = meeting.map((one) => `${'at once'.padEnd(24)}  ${deedOf(club, one, PEOPLE)?.says ?? 'nothing'}`);
    return [...lines.map(({ at, says }) => `${new Date(at).toISOString()}  ${says}`), ...together].join('\n');
  };

  it(
    'end as if one had come after the other, in some order',
    async () => {
      let met = 0;
      const meetings = fc.array(racing, { minLength: AT_ONCE, maxLength: AT_ONCE });
      const property = fc.asyncProperty(plans(['UTC'], { steps: 12 }), meetings, async (plan, meeting) => {
        const became = await seen(plan, meeting);
        const possible = foretold(plan, meeting);
        met += 1;
        if (possible.some((one) => isDeepStrictEqual(one, became))) return;
        const ways = [...new Set(possible.map((one) => JSON.stringify(one)))];
        throw new Error(
          `${story(plan, meeting)}\n\nseen:     ${JSON.stringify(became)}\nforetold: ${ways.join('\n   or:    ')}\n`,
        );
      });
      await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
      expect(met).toBe(RUNS);
    },
    PATIENCE,
  );
});
