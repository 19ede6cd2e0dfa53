import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { type Person, useApi } from '../support/api.js';
import { createGroupOfTwo, createGroup, createRunningSession, addMembers } from '../support/factories.js';
import { recordFocusToday, milestonesOf, nextTick } from '../support/focus.js';
import { done, on, type Schema } from '../support/sdk.js';
import { startSecond, type Second } from '../support/second.js';
import { zoneAtNoon } from '../support/time.js';

const MINUTE_A_DAY = { timezone: zoneAtNoon(), period_target_minutes: 1 };

const api = useApi();
let other: Second;
let first: pg.Client;
let second: pg.Client;
let ana: Person;
let ben: Person;
let group: Schema<'GroupDetail'>;

beforeAll(async () => {
  other = await startSecond(api);
  [first, second] = await Promise.all([api.connect(), api.connect()]);
});
beforeEach(async () => {
  ({ ana, ben, group } = await createGroupOfTwo(api, MINUTE_A_DAY));
});

const runs = (person: Person) => createRunningSession(person, group, 61);
const stops = (person: Person, session: { id: string }) =>
  done(person.api.POST('/api/sessions/{id}:stop', on(session)));

describe('Concurrent milestones', () => {
  const STOP = 'SELECT stop_session($1, $2, NULL, to_ms(clock_timestamp()))';
  const JOB = 'SELECT award_running_milestones(to_ms(clock_timestamp()))';

  /** Runs a statement in a transaction that commits once the other statement waits for it. */
  async function inTurn(one: [string, unknown[]], two: [string, unknown[]]): Promise<void> {
    await first.query('BEGIN');
    await first.query(...one);
    const waiting = second.query(...two);
    for (;;) {
      const { rows } = await api.database.query<{ blocked: boolean }>(
        "SELECT bool_or(wait_event_type = 'Lock') AS blocked FROM pg_stat_activity WHERE datname = current_database()",
      );
      if (rows[0]!.blocked) break;
    }
    await first.query('COMMIT');
    await waiting;
  }

  it('two members who meet their targets at once create one group milestone', async () => {
    const [ofAna, ofBen] = [await runs(ana), await runs(ben)];
    await inTurn([STOP, [ana.id, ofAna.id]], [STOP, [ben.id, ofBen.id]]);
    expect(await milestonesOf(ana, ben)).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('the job during a stop notifies once, in either order', async () => {
    const ofAna = await runs(ana);
    await inTurn([JOB, []], [STOP, [ana.id, ofAna.id]]);
    expect(await milestonesOf(ana)).toEqual([[1, 0]]);
    const ofBen = await runs(ben);
    await inTurn([STOP, [ben.id, ofBen.id]], [JOB, []]);
    expect(await milestonesOf(ana, ben)).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('removing the last member without the target during another’s stop notifies once', async () => {
    const cleo = await api.person('Cleo');
    await addMembers(ana, group, cleo);
    await recordFocusToday(api, ana, group, 1);
    const ofBen = await runs(ben);
    await inTurn(
      [STOP, [ben.id, ofBen.id]],
      ['SELECT remove_member($1, $2, $3, to_ms(clock_timestamp()))', [ana.id, group.id, cleo.id]],
    );
    expect(await milestonesOf(ana, ben, cleo)).toEqual([
      [1, 1],
      [1, 1],
      [0, 0],
    ]);
  });

  it('stops in two processes during both their jobs notify each target once', async () => {
    for (let round = 0; round < 8; round++) {
      group = await createGroup(ana, MINUTE_A_DAY);
      await addMembers(ana, group, ben);
      const before = await milestonesOf(ana, ben);
      const [ofAna, ofBen] = [await runs(ana), await runs(ben)];
      await api.database.query("UPDATE job_runs SET run_at = run_at - interval '1 minute'");
      await Promise.all([stops(ana, ofAna), stops(other.as(ben), ofBen), other.jobs.runAll(), nextTick(api)]);
      expect(await milestonesOf(ana, ben)).toEqual(before.map(([own, all]) => [own + 1, all + 1]));
    }
  });
});
