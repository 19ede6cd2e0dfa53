import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { USE_TEST_CLOCK, setClock } from './support/clock.js';
import { useDatabase } from './support/connections.js';
import { Real, sessionCommands } from './support/session-commands.js';
import { HOUR, SessionModel } from '../oracle/model/sessions.js';
import { DAY, insertGroup, insertPeople } from './support/fixtures.js';

describe('Sessions', () => {
  let client: pg.Client;
  let everybody: string[];

  useDatabase(async (database) => {
    client = await database.connect();
    await client.query(USE_TEST_CLOCK);
    everybody = await insertPeople(client, 4);
  });

  /** A clean table, a group of three (the fourth is a stranger), and a past that leaves room for what is to happen. */
  async function begin(groupLives: number | null): Promise<() => { model: SessionModel; real: Real }> {
    await client.query('TRUNCATE groups, sessions CASCADE');
    await setClock(client, new Date());
    const [owner, ...members] = everybody.slice(0, 3) as [string, ...string[]];
    const now = Date.now() - 40 * DAY;
    const end = groupLives === null ? Date.now() + 30 * DAY : now + groupLives;
    const id = await insertGroup(client, { owner, members, startAt: new Date(now - DAY) });
    await client.query('UPDATE groups SET end_at = $2 WHERE id = $1', [id, new Date(end)]);
    await setClock(client, new Date(now));
    const model = new SessionModel(owner, new Set([owner, ...members]), end, now);
    const real = new Real(client, id);
    return () => ({ model, real });
  }

  it('follow specification 5 for random commands', async () => {
    // In one run of three the group ends on the way.
    const groupLives = fc.oneof(
      { weight: 2, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: (5 * DAY) / HOUR }).map((hours) => hours * HOUR) },
    );
    // The commands name people, who are made before: fast-check asks for them when the test runs.
    const property = fc.asyncProperty(
      fc.array(fc.oneof(...sessionCommands(everybody)), { minLength: 60, maxLength: 100, size: 'max' }),
      groupLives,
      async (commands, lives) => {
        await fc.asyncModelRun(await begin(lives), commands);
      },
    );
    await fc.assert(property, { numRuns: 40 });
  }, 90_000);
});
