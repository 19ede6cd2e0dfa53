import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { openDatabase, type Connections } from '../sql/support/connections.js';
import { plans } from './support/plans.js';
import { play } from './support/play.js';
import { answersTo, compare, setStage } from './support/stage.js';
import { agreedZones } from './support/zones.js';

const RUNS = Number(process.env['ORACLE_RUNS'] ?? 2000);
const SEED = Number(process.env['ORACLE_SEED'] ?? Date.now() % 1_000_000_000);

/** Histories are played in this many databases beside each other. */
const LANES = 2;

/** Rows that were rolled back slow everything down: they are cleared away that often. */
const SWEEP = 50;

const PEOPLE = [1, 2, 3, 4].map((number) => `00000000-0000-4000-8000-00000000000${number}`);

/** A deep run takes as long as it takes. */
const PATIENCE = 90_000 + RUNS * 60;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

describe('The oracle', () => {
  let databases: Connections[];
  let lanes: pg.Client[];
  let zones: string[];

  beforeAll(async () => {
    databases = await Promise.all(Array.from({ length: LANES }, () => openDatabase()));
    lanes = await Promise.all(databases.map((database) => database.connect()));
    for (const client of lanes) {
      await setStage(client);
      await client.query('INSERT INTO profiles (id) SELECT unnest($1::uuid[])', [PEOPLE]);
    }
    const { agreed, leftOut } = await agreedZones(lanes[0]!);
    zones = agreed;
    say(
      `The oracle plays in ${agreed.length} zones; left out, since Node and PostgreSQL differ: ${leftOut.join(', ')}`,
    );
  }, PATIENCE);

  afterAll(() => Promise.all(databases.map((database) => database.close())));

  it(
    'and the database agree on every transition, race and streak of histories that random people made',
    async () => {
      say(`seed ${SEED}, ${RUNS} histories`);
      let played = 0;
      const lane = async (client: pg.Client, nth: number): Promise<void> => {
        let mine = 0;
        const property = fc.asyncProperty(plans(zones), async (plan) => {
          const { lines } = play(plan, PEOPLE);
          compare(lines, await answersTo(client, lines));
          played += 1;
          mine += 1;
          if (mine % SWEEP === 0) await client.query('TRUNCATE groups, sessions CASCADE');
          if (played % 1000 === 0) say(`${played} histories agree`);
        });
        await fc.assert(property, { numRuns: Math.ceil(RUNS / LANES), seed: SEED + nth });
      };
      const results = await Promise.allSettled(lanes.map(lane));
      for (const result of results) if (result.status === 'rejected') throw result.reason;
      expect(played).toBeGreaterThanOrEqual(RUNS);
    },
    PATIENCE,
  );
});
