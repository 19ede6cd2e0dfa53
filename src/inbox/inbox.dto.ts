import { ApiExtension } from '@nestjs/swagger';
import { type GroupStatus, groupStatuses } from '../common/enumerations.js';
import { Flag, Instant, OneOf, Text, Uuid, Whole } from '../common/fields.js';
import { OPEN } from '../common/openapi-extensions.js';
import { PageQuery } from '../common/pagination.js';
import { Nested } from '../common/response-fields.js';
import { UserSummary } from '../profiles/profiles.dto.js';

const kinds = ['group_invite', 'milestone_member', 'milestone_group', 'session_reminder', 'generic'] as const;
const statuses = ['pending', 'accepted', 'declined', 'read'] as const;

export class GroupSummary {
  @Uuid() id: string;
  @Text() name: string;
  @OneOf(groupStatuses) status: GroupStatus;
}

@ApiExtension(OPEN, true)
export class NotificationData {
  @Text(0, Infinity, { optional: true, nullable: false }) event?: string;
  @Uuid({ optional: true }) actor_id?: string | null;
  @Text(0, Infinity, { optional: true }) actor_name?: string | null;
  @Text(0, Infinity, { optional: true }) group_name?: string | null;
  @Instant({ optional: true, nullable: false }) period_start?: string;
  @Uuid({ optional: true, nullable: false }) session_id?: string;
  @Instant({ optional: true, nullable: false }) scheduled_start?: string;
  @OneOf(['rescinded', 'expired'], { optional: true, nullable: false }) reason?: 'rescinded' | 'expired';
}

export class Notification {
  @Uuid() id: string;
  @Uuid() recipient_id: string;
  @OneOf(kinds) kind: (typeof kinds)[number];
  @OneOf(statuses) status: (typeof statuses)[number];
  @Text() title: string;
  @Text() body: string;
  @Nested(() => NotificationData) data: NotificationData;
  @Uuid({ nullable: true }) group_id: string | null;
  @Nested(() => GroupSummary, { nullable: true }) group: GroupSummary | null;
  @Instant() created_at: string;
  @Instant({ nullable: true }) read_at: string | null;
}

export class NotificationsQuery extends PageQuery {
  @Flag({ query: true, optional: true }) unread?: boolean;
}

export class ReadAllResult {
  @Whole(0) updated: number;
}

/** An invite as owners and admins of the group see it. */
export class GroupInvite extends Notification {
  @Nested(() => UserSummary) recipient: UserSummary;
}

export class InviteToGroup {
  @Uuid() recipient_id: string;
}
