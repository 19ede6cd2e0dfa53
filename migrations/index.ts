import { Profiles } from './20261126100000_profiles.js';
import { Groups } from './20261126110000_groups.js';
import { Sessions } from './20261126120000_sessions.js';
import { Progress } from './20261126130000_progress.js';
import { Inbox } from './20261126140000_inbox.js';
import { Maintenance } from './20261126150000_maintenance.js';
import { VisibleNames } from './20261127100000_visible_names.js';
import { NotificationActors } from './20261127110000_notification_actors.js';
import { Focus } from './20261127120000_focus.js';
import { StoredNames } from './20261128100000_stored_names.js';
import { Routines } from './routines.js';

/** Migrations of tables, in the order in which they run. A released migration must not be changed. */
export const tableSteps = [
  Profiles,
  Groups,
  Sessions,
  Progress,
  Inbox,
  Maintenance,
  VisibleNames,
  NotificationActors,
  Focus,
  StoredNames,
];

export const migrations = [...tableSteps, Routines];
