import { ApiProperty } from '@nestjs/swagger';
import { Flag, Instant } from '../../common/fields.js';
import { ListOf } from '../../common/response-fields.js';
import { MemberProgress } from '../progress.dto.js';

export class StreamQuery {
  @Flag({ query: true, optional: true }) changes?: boolean;
}

/** The event `changes`: what has changed in a race since the previous event. */
export class ProgressChanges {
  @Instant() as_of: string;
  /** Leader first. */
  @ListOf(() => MemberProgress) members: readonly MemberProgress[];
  /** Ids of users who are no members any more. */
  @ApiProperty({ type: 'array', items: { type: 'string', format: 'uuid' } }) removed: readonly string[];
}
