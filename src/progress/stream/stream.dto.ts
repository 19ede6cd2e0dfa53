import { Flag } from '../../common/fields.js';
import type { MemberProgress } from '../progress.dto.js';

export class StreamQuery {
  @Flag({ query: true, optional: true }) changes?: boolean;
}

/** The event `changes`: what of a race has changed since the event before. */
export interface ProgressChanges {
  readonly as_of: string;
  /** Leader first. */
  readonly members: readonly MemberProgress[];
  /** Ids of people. */
  readonly removed: readonly string[];
}
