import { Flag, Instant, ListOfInputs, OneOf, Uuid, Whole } from '../common/fields.js';
import { PageQuery } from '../common/pagination.js';
import { ListOf, Nested } from '../common/response-fields.js';
import { UserSummary } from '../profiles/profiles.dto.js';

const statuses = ['scheduled', 'running', 'paused', 'ended'] as const;
const roles = ['host', 'participant'] as const;

export type SessionStatus = (typeof statuses)[number];

export class Session {
  @Uuid() id: string;
  @Uuid({ nullable: true }) group_id: string | null;
  @Uuid({ nullable: true }) creator_id: string | null;
  @OneOf(statuses) status: SessionStatus;
  @Instant({ nullable: true }) scheduled_start: string | null;
  @Instant({ nullable: true }) started_at: string | null;
  @Instant({ nullable: true }) ended_at: string | null;
  @Instant() created_at: string;
}

export class Participant {
  @Uuid() session_id: string;
  @Uuid() user_id: string;
  @OneOf(roles) role: (typeof roles)[number];
  @Instant() joined_at: string;
  @Flag() running: boolean;
  @Whole(0) seconds_logged: number;
  @Nested(() => UserSummary) user: UserSummary;
}

export class SessionDetail extends Session {
  @ListOf(() => Participant) participants: Participant[];
}

export class TimeLog {
  @Uuid() id: string;
  @Uuid() session_id: string;
  @Uuid() user_id: string;
  @Instant() started_at: string;
  @Instant({ nullable: true }) ended_at: string | null;
  @Flag() manual: boolean;
  @Instant() created_at: string;
}

export class CreateSession {
  @Uuid({ optional: true }) group_id?: string;
  @Instant({ optional: true }) scheduled_start?: string;
}

/** Time that was tracked offline. */
export class Segment {
  @Instant() started_at: string;
  @Instant() ended_at: string;
}

export class RecordSession {
  @Uuid({ optional: true }) group_id?: string;
  @ListOfInputs(() => Segment, 100) segments: Segment[];
}

export class SessionsQuery extends PageQuery {
  @Uuid({ query: true, optional: true }) group_id?: string;
  @OneOf(statuses, { query: true, optional: true }) status?: SessionStatus;
}

export class SessionVerb {
  @Instant({ optional: true }) at?: string;
}

export class AddLog {
  @Instant() started_at: string;
  @Instant() ended_at: string;
}
