import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { openDatabase, type Connections } from '../sql/support/connections.js';
import { scenarios } from './support/generators.js';
import { scriptFor } from './support/runner.js';
import { runScript, compare, setUpDatabase } from './support/setup.js';
import { commonZones } from './support/zones.js';

const RUNS = Number(process.env['ORACLE_RUNS'] ?? 2000);
const SEED = Number(process.env['ORACLE_SEED'] ?? Date.now() % 1_000_000_000);

/** Databases in which scenarios run in parallel. */
const DATABASES = 2;

/** Dead rows of rolled-back scenarios slow queries down, and are truncated after this many runs. */
const TRUNCATE_EVERY = 50;

const PEOPLE = [1, 2, 3, 4].map((number) => `00000000-0000-4000-8000-00000000000${number}`);

/** Grows with the number of runs (`npm run test:deep`). */
const TIMEOUT_MS = 90_000 + RUNS * 60;

const log = (text: string): void => void process.stderr.write(`${text}\n`);

describe('The model', () => {
  let databases: Connections[];
  let clients: pg.Client[];
  let zones: string[];

  beforeAll(async () => {
    databases = await Promise.all(Array.from({ length: DATABASES }, () => openDatabase()));
    clients = await Promise.all(databases.map((database) => database.connect()));
    for (const client of clients) {
      await setUpDatabase(client);
      await client.query('INSERT INTO profiles (id) SELECT unnest($1::uuid[])', [PEOPLE]);
    }
    const { common, excluded } = await commonZones(clients[0]!);
    zones = common;
    log(
      `Scenarios run in ${common.length} time zones; excluded, because Node and PostgreSQL differ: ${excluded.join(', ')}`,
    );
  }, TIMEOUT_MS);

  afterAll(() => Promise.all(databases.map((database) => database.close())));

  it(
    'agrees with the database on every transition, progress row and streak of random scenarios',
    async () => {
      log(`seed ${SEED}, ${RUNS} scenarios`);
      let runs = 0;
      const runScenarios = async (client: pg.Client, nth: number): Promise<void> => {
        let ownRuns = 0;
        const property = fc.asyncProperty(scenarios(zones), async (scenario) => {
          const { statements } = scriptFor(scenario, PEOPLE);
          compare(statements, await runScript(client, statements));
          runs += 1;
          ownRuns += 1;
          if (ownRuns % TRUNCATE_EVERY === 0) await client.query('TRUNCATE groups, sessions CASCADE');
          if (runs % 1000 === 0) log(`${runs} scenarios agree`);
        });
        await fc.assert(property, { numRuns: Math.ceil(RUNS / DATABASES), seed: SEED + nth });
      };
      const results = await Promise.allSettled(clients.map(runScenarios));
      for (const result of results) if (result.status === 'rejected') throw result.reason;
      expect(runs).toBeGreaterThanOrEqual(RUNS);
    },
    TIMEOUT_MS,
  );
});
