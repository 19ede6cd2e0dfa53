import { afterAll, beforeAll, describe, it } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { type Api, type Person, startApi } from '../support/api.js';
import { people } from '../support/factories.js';
import { lifeOf, look } from './support/http-looks.js';
import { live } from './support/http-play.js';
import { httpPlans } from './support/http-plans.js';
import { plans } from './support/plans.js';
import { play } from './support/play.js';
import { answersTo, compare, setStage } from './support/stage.js';
import { agreedZones } from './support/zones.js';

const DRIVEN = 50;
const PLAYED = 20;
const PATIENCE = 90_000;

/** Histories over HTTP take long to shorten. */
const PATIENTLY = { interruptAfterTimeLimit: PATIENCE * 0.7, markInterruptAsFailure: true };

describe('The endpoints and the view', () => {
  let api: Api;
  let client: pg.PoolClient;
  let zones: string[];

  const cast = (): Promise<readonly Person[]> => people(api, 'Ana', 'Ben', 'Cem', 'Dee');

  beforeAll(async () => {
    api = await startApi();
    client = await api.database.connect();
    zones = (await agreedZones(client)).agreed;
  }, PATIENCE);

  afterAll(async () => {
    client.release();
    await api.stop();
  });

  it(
    'do and show what the oracle does and shows, in histories of which every deed is a request',
    async () => {
      const staff = await api.person('Root', { groups: ['admin'] });
      const property = fc.asyncProperty(httpPlans(zones), async (plan) => {
        await live(plan, { people: await cast(), staff, client });
      });
      await fc.assert(property, { numRuns: DRIVEN, ...PATIENTLY });
    },
    PATIENCE,
  );

  describe('after pasts that only SQL can play', () => {
    beforeAll(() => setStage(client));

    it(
      'show what the oracle shows now: groups, targets and sessions may be older than requests can make them',
      async () => {
        const everybody = await cast();
        const ids = everybody.map(({ id }) => id);
        const property = fc.asyncProperty(plans(zones, { now: Date.now() }), async (plan) => {
          await client.query('TRUNCATE groups, sessions CASCADE');
          const { club, lines } = play(plan, ids, Date.now());
          compare(lines, await answersTo(client, lines, true));
          const { rows } = await client.query<{ id: string }>('SELECT id FROM groups');
          const story = [JSON.stringify(plan)];
          await look(lifeOf(club, rows[0]!.id, everybody, client, story), everybody[0]!);
        });
        await fc.assert(property, { numRuns: PLAYED, ...PATIENTLY });
      },
      PATIENCE,
    );
  });
});
