import { Migration20261122100000Profiles } from './20261122100000_profiles.js';
import { Migration20261122100100Groups } from './20261122100100_groups.js';
import { Migration20261122100200Members } from './20261122100200_members.js';
import { Migration20261122100300Sessions } from './20261122100300_sessions.js';
import { Migration20261122100400SessionVerbs } from './20261122100400_session_verbs.js';
import { Migration20261122100500TimeLogs } from './20261122100500_time_logs.js';
import { Migration20261122100550Targets } from './20261122100550_targets.js';
import { Migration20261122100600Progress } from './20261122100600_progress.js';
import { Migration20261122100650History } from './20261122100650_history.js';
import { Migration20261122100700Inbox } from './20261122100700_inbox.js';
import { Migration20261122100750Milestones } from './20261122100750_milestones.js';
import { Migration20261122100800Maintenance } from './20261122100800_maintenance.js';
import { Migration20261122100900Jobs } from './20261122100900_jobs.js';
import { Migration20261122101000Accounts } from './20261122101000_accounts.js';
import { Migration20261122101100GoalsOfEndedSessions } from './20261122101100_goals_of_ended_sessions.js';
import { Migration20261122101200GroupsOfDeletedAccounts } from './20261122101200_groups_of_deleted_accounts.js';
import { Migration20261122101300Live } from './20261122101300_live.js';
import { Migration20261122101400Idempotency } from './20261122101400_idempotency.js';
import { Migration20261122101500Watched } from './20261122101500_watched.js';

/** In the order in which they run; a released one is never changed. */
export const migrations = [
  Migration20261122100000Profiles,
  Migration20261122100100Groups,
  Migration20261122100200Members,
  Migration20261122100300Sessions,
  Migration20261122100400SessionVerbs,
  Migration20261122100500TimeLogs,
  Migration20261122100550Targets,
  Migration20261122100600Progress,
  Migration20261122100650History,
  Migration20261122100700Inbox,
  Migration20261122100750Milestones,
  Migration20261122100800Maintenance,
  Migration20261122100900Jobs,
  Migration20261122101000Accounts,
  Migration20261122101100GoalsOfEndedSessions,
  Migration20261122101200GroupsOfDeletedAccounts,
  Migration20261122101300Live,
  Migration20261122101400Idempotency,
  Migration20261122101500Watched,
];
