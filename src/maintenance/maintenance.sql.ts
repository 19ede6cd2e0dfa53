import { type Statement, statement } from '../database/database.js';

/** Whether this process runs a job in the current minute. */
export const claimJobRun = statement<[job: string], { claimed: boolean }>(
  'job_claim',
  'SELECT claim_job_run($1, now()) AS claimed',
);

/** After a failure: the next tick claims the job again. */
export const releaseJobRun = statement<[job: string], never>('job_release', 'DELETE FROM job_runs WHERE job = $1');

export type Batch = Statement<[], { done: number }>;

/** One batch of a job's work in a transaction of its own; `done` is 0 when nothing is left. */
const batch = (work: string): Batch => statement(`job_${work}`, `SELECT ${work}(to_ms(now())) AS done`);

export const archiveExpiredGroups = batch('archive_groups_expired_at');
export const endExpiredSessions = batch('end_expired_sessions');
export const sendSessionReminders = batch('send_session_reminders');
export const purgeIdempotencyKeys = batch('purge_idempotency_keys');
export const rememberStreaks = batch('remember_streaks');

export const groupsWithRunningTime = statement<[], { id: string }>(
  'job_groups_with_running_time',
  'SELECT id FROM groups_with_running_time() AS running (id)',
);

export const groupsWithGoalsInReach = statement<[groups: string[]], { id: string }>(
  'job_groups_with_goals_in_reach',
  'SELECT id FROM groups_with_goals_in_reach($1, to_ms(now())) AS reachable (id)',
);

export const awardRunningMilestones = statement<[groups: string[]], { done: number }>(
  'job_award_running_milestones',
  'SELECT award_running_milestones(to_ms(now()), $1) AS done',
);
