import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Result } from '@lockin/sdk';
import type pg from 'pg';
import { JobsService } from '../../src/maintenance/jobs.service.js';
import { type Person, useApi } from '../support/api.js';
import { bulkId, type BulkSessionState, insertManyGroups } from '../support/many-groups.js';
import { nextTick } from '../support/focus.js';
import { countWaiting, hold, untilEndedOrWaiting } from '../support/locks.js';
import { outcome } from '../support/sdk.js';
import { verb } from '../support/sessions.js';

const GROUPS = 1_000;

/** The number of the group at which a job is blocked. */
const HELD_UP_AT = 600;

/** Longer than a verb takes on a busy machine, and far shorter than a job. */
const A_MOMENT_MS = 2_000;

/** The maximum number of groups that a job locks in one transaction. */
const MOST_LOCKED = 200;

const api = useApi({ LOG_LEVEL: 'silent' });
let ana: Person;
let gate: pg.Client;
let probe: pg.Client;

beforeAll(async () => {
  [gate, probe] = await Promise.all([api.connect(), api.connect()]);
});

/** The number of unlocked rows of a table. */
async function unlocked(table: 'groups' | 'sessions'): Promise<number> {
  const { rowCount } = await probe.query(`SELECT FROM ${table} FOR NO KEY UPDATE SKIP LOCKED`);
  return rowCount!;
}

/** The number of groups of which other transactions have locked rows, sessions or milestones. */
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

/** A job, and a request of a host whose group it has already processed. */
interface Job {
  state: BulkSessionState;
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
      await insertManyGroups(api.database, ana, { count: GROUPS, state });
      if (prepare !== undefined) await gate.query(prepare);

      const release = await hold(gate, HOST, [bulkId('person', HELD_UP_AT)]);
      const job = nextTick(api);
      const heldUp = await untilEndedOrWaiting(api.database, job);
      const others = await countWaiting(api.database);
      const holds = await locked();
      const request = meanwhile(bulkId('session', 0));
      const stood = await untilEndedOrWaiting(api.database, request, { others });
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

  it('does not delay a :pause or :resume of a running session', async () => {
    ana = await api.person('Ana');
    await insertManyGroups(api.database, ana, { count: GROUPS, state: 'running' });
    const session = bulkId('session', 0);
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
