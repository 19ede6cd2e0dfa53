import type { UserSummary } from '@lockin/sdk';
import { t } from './language/language.js';

/** A user may have no name yet. */
export function displayName({ display_name }: Pick<UserSummary, 'display_name'>): string {
  return display_name ?? t.somebody;
}
