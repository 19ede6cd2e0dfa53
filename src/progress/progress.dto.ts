import { type Role, roles } from '../common/enumerations.js';
import { Flag, Instant, LocalDate, OneOf, Text, Url, Uuid, Whole } from '../common/fields.js';
import { ListOf } from '../common/response-fields.js';

export class MemberProgress {
  /** The server's clock, the same in every row of a race. */
  @Instant() as_of: string;
  @Uuid() group_id: string;
  @Uuid() user_id: string;
  @Instant() period_start: string;
  @Instant() period_end: string;
  @Whole(0) seconds_done: number;
  @Whole(1, 10_080) target_minutes: number;
  @Flag() goal_met: boolean;
  @Text(0, Infinity, { nullable: true }) display_name: string | null;
  @Url({ nullable: true }) avatar_url: string | null;
  @OneOf(roles) role: Role;
  @Whole(1) rank: number;
  @Flag() running: boolean;
}

export class PastPeriod {
  @Uuid() group_id: string;
  @Uuid() user_id: string;
  @Instant() period_start: string;
  @Instant() period_end: string;
  @Whole(0) seconds_done: number;
  @Whole(1, 10_080) target_minutes: number;
  @Flag() goal_met: boolean;
}

export class MemberHistory {
  @Uuid() user_id: string;
  @Text(0, Infinity, { nullable: true }) display_name: string | null;
  @Url({ nullable: true }) avatar_url: string | null;
  @OneOf(roles) role: Role;
  @Whole(0) current_streak: number;
  @Whole(0) best_streak: number;
  @ListOf(() => PastPeriod) periods: PastPeriod[];
}

export class HistoryQuery {
  @LocalDate({ query: true, optional: true }) from?: string;
  @LocalDate({ query: true, optional: true }) to?: string;
}
