import { type GroupStatus, groupStatuses } from '../common/enumerations.js';
import { Instant, OneOf, Text, Uuid, Whole } from '../common/fields.js';
import { PageQuery } from '../common/pagination.js';
import { ListOf } from '../common/response-fields.js';
import { Session } from '../sessions/sessions.dto.js';
import { Member } from './members.dto.js';

const periods = ['daily', 'weekly'] as const;

export type Period = (typeof periods)[number];

export class Group {
  @Uuid() id: string;
  @Uuid() owner_id: string;
  @Text() name: string;
  @Text() description: string;
  @Instant() start_at: string;
  @Instant() end_at: string;
  @Text() timezone: string;
  @OneOf(periods) period: Period;
  @Whole(1, 10_080) period_target_minutes: number;
  @OneOf(groupStatuses) status: GroupStatus;
  @Instant({ nullable: true }) archived_at: string | null;
  @Instant() created_at: string;
  @Instant() updated_at: string;
}

export class GroupDetail extends Group {
  @ListOf(() => Member) members: Member[];
  @ListOf(() => Session) sessions: Session[];
}

export class GroupsQuery extends PageQuery {
  @OneOf(groupStatuses, { query: true, optional: true }) status?: GroupStatus;
}

/** The maximum of a target depends on the period; constraints of the tables check it. */
export class CreateGroup {
  @Text(1, 120) name: string;
  @Text(0, 2000, { optional: true }) description?: string;
  @Instant({ optional: true }) start_at?: string;
  @Instant() end_at: string;
  @Text(1, 64) timezone: string;
  @OneOf(periods) period: Period;
  @Whole(1, 10_080) period_target_minutes: number;
}

export class UpdateGroup {
  @Text(1, 120, { optional: true }) name?: string;
  @Text(0, 2000, { optional: true }) description?: string;
  @Instant({ optional: true }) end_at?: string;
  @Whole(1, 10_080, { optional: true }) period_target_minutes?: number;
}

export class TransferGroup {
  @Uuid() user_id: string;
}
