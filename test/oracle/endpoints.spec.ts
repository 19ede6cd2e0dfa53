import { beforeAll, describe, it } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { type Person, useApi } from '../support/api.js';
import { people } from '../support/factories.js';
import { startRun, observe } from './support/http-observations.js';
import { runOverHttp } from './support/http-runner.js';
import { httpScenarios } from './support/http-generators.js';
import { scenarios } from './support/generators.js';
import { scriptFor } from './support/runner.js';
import { runScript, compare, setUpDatabase } from './support/setup.js';
import { commonZones } from './support/zones.js';

const HTTP_RUNS = 50;
const SQL_RUNS = 20;
const TIMEOUT_MS = 90_000;

/** Shrinking a scenario over HTTP takes long. */
const LIMITS = { interruptAfterTimeLimit: TIMEOUT_MS * 0.7, markInterruptAsFailure: true };

describe('The endpoints and the view', () => {
  const api = useApi();
  let client: pg.Client;
  let zones: string[];

  const createPeople = (): Promise<readonly Person[]> => people(api, 'Ana', 'Ben', 'Cem', 'Dee');

  beforeAll(async () => {
    client = await api.connect();
    zones = (await commonZones(client)).common;
  }, TIMEOUT_MS);

  it(
    'agree with the model in random scenarios in which every command is a request',
    async () => {
      const maintainer = await api.person('Root', { groups: ['admin'] });
      const property = fc.asyncProperty(httpScenarios(zones), async (scenario) => {
        await runOverHttp(scenario, { people: await createPeople(), maintainer, client });
      });
      await fc.assert(property, { numRuns: HTTP_RUNS, ...LIMITS });
    },
    TIMEOUT_MS,
  );

  describe('after scenarios in the past, which only SQL can run', () => {
    beforeAll(() => setUpDatabase(client));

    it(
      'agree with the model now, with groups, targets and sessions older than requests can create',
      async () => {
        const everyone = await createPeople();
        const ids = everyone.map(({ id }) => id);
        const property = fc.asyncProperty(scenarios(zones, { now: Date.now() }), async (scenario) => {
          await client.query('TRUNCATE groups, sessions CASCADE');
          const { model, statements } = scriptFor(scenario, ids, Date.now());
          compare(statements, await runScript(client, statements, true));
          const { rows } = await client.query<{ id: string }>('SELECT id FROM groups');
          const transcript = [JSON.stringify(scenario)];
          await observe(startRun(model, rows[0]!.id, everyone, client, transcript), everyone[0]!);
        });
        await fc.assert(property, { numRuns: SQL_RUNS, ...LIMITS });
      },
      TIMEOUT_MS,
    );
  });
});
