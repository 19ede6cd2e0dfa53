import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Result } from '@lockin/sdk';
import type pg from 'pg';
import { JobsService } from '../../src/maintenance/jobs.service.js';
import { type Person, useApi } from '../support/api.js';
import { crowdId, type CrowdState, fillWithCrowd } from '../support/crowd.js';
import { nextTick } from '../support/focus.js';
import { countWaiting, hold, standing } from '../support/locks.js';
import { outcome } from '../support/sdk.js';
import { verb } from '../support/sessions.js';

const GROUPS = 3_000;

/** How many groups come before the one at which a job is held up. */
const HELD_UP_AT = 900;

/** Longer than a verb takes on a busy machine, and far shorter than a job. */
const A_MOMENT_MS = 2_000;

/** Of how many groups one transaction of a job may hold locks. */
const MOST_LOCKED = 200;

const api = useApi({ LOG_LEVEL: 'silent' });
let ana: Person;
let gate: pg.Client;
let probe: pg.Client;

beforeAll(async () => {
  [gate, probe] = await Promise.all([api.connect(), api.connect()]);
});

/** How many rows of a table nobody else has locked. */
async function unlocked(table: 'groups' | 'sessions'): Promise<number> {
  const { rowCount } = await probe.query(`SELECT FROM ${table} FOR NO KEY UPDATE SKIP LOCKED`);
  return rowCount!;
}

/** Of how many groups the transaction that is under way holds something: their rows, their sessions, their milestones. */
async function locked(): Promise<{ groups: number; sessions: number; advisory: number }> {
  const { rows } = await probe.query<{ advisory: number }>(
    `SELECT coalesce(max(held), 0)::int AS advisory
       FROM (SELECT count(*) AS held FROM pg_locks WHERE locktype = 'advisory' AND granted GROUP BY pid) each`,
  );
  return {
    groups: GROUPS - (await unlocked('groups')),
    sessions: GROUPS - (await unlocked('sessions')),
    advisory: rows[0]!.advisory,
  };
}

const HOST = 'SELECT FROM profiles WHERE id = $1 FOR UPDATE';

/** What a job does, and what the host of a group that it has dealt with already does meanwhile. */
interface Job {
  state: CrowdState;
  prepare?: string;
  meanwhile: (session: string) => Promise<Result<unknown>>;
  done: string;
}

const JOBS: Record<string, Job> = {
  'milestones of running sessions': {
    state: 'running',
    meanwhile: (session) => verb(ana, session, 'pause'),
    done: "SELECT count(*)::int FROM notifications WHERE kind = 'milestone_member'",
  },
  'end of sessions that end by themselves': {
    state: 'expired',
    meanwhile: (session) => verb(ana, session, 'stop'),
    done: "SELECT count(*)::int FROM sessions WHERE status = 'ended'",
  },
  reminders: {
    state: 'scheduled',
    meanwhile: (session) => verb(ana, session, 'start'),
    done: "SELECT count(DISTINCT data ->> 'session_id')::int FROM notifications WHERE data ->> 'event' = 'session_starts_soon'",
  },
  'archiving of expired groups': {
    state: 'running',
    prepare: `SET session_replication_role = 'replica'; UPDATE groups SET end_at = now() - interval '1 minute';
              UPDATE sessions SET expires_at = now() - interval '1 minute'; RESET session_replication_role`,
    meanwhile: (session) => verb(ana, session, 'stop'),
    done: "SELECT count(*)::int FROM groups WHERE status = 'archived'",
  },
};

describe(`A job with ${GROUPS} groups to look at`, () => {
  it.each(Object.keys(JOBS))(
    'holds up nobody in a group that it is done with: %s',
    async (name) => {
      const { state, prepare, meanwhile, done } = JOBS[name]!;
      ana = await api.person('Ana');
      await fillWithCrowd(api.database, ana, { count: GROUPS, state });
      if (prepare !== undefined) await gate.query(prepare);

      const release = await hold(gate, HOST, [crowdId('person', HELD_UP_AT)]);
      const job = nextTick(api);
      const heldUp = await standing(api.database, job);
      const others = await countWaiting(api.database);
      const holds = await locked();
      const request = meanwhile(crowdId('session', 0));
      const stood = await standing(api.database, request, { others });
      await release();
      expect(await outcome(request)).toBe('200');
      await job;
      const tooMany = Object.entries(holds).filter(([, count]) => count > MOST_LOCKED);
      expect({ heldUp, stood, tooMany }).toEqual({ heldUp: 'waiting', stood: 'ended', tooMany: [] });
      await nextTick(api);
      expect((await api.database.query(done)).rows).toEqual([{ count: GROUPS }]);
    },
    120_000,
  );

  it('lets a running session be paused and resumed in a moment all the while', async () => {
    ana = await api.person('Ana');
    await fillWithCrowd(api.database, ana, { count: GROUPS, state: 'running' });
    const session = crowdId('session', 0);
    await api.database.query("UPDATE job_runs SET run_at = run_at - interval '1 minute'");
    const ticking = { ended: false };
    const tick = api.app
      .get(JobsService)
      .runAll()
      .finally(() => (ticking.ended = true));
    const latencies: number[] = [];
    for (let nth = 0; !ticking.ended; nth++) {
      const since = performance.now();
      expect(await outcome(verb(ana, session, nth % 2 ? 'resume' : 'pause'))).toBe('200');
      latencies.push(performance.now() - since);
    }
    await tick;
    expect(Math.max(...latencies)).toBeLessThan(A_MOMENT_MS);
  }, 120_000);
});
