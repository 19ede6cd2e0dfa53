import { Flag, Instant, OneOf, Text, Uuid, Whole } from '../common/fields.js';
import { PageQuery } from '../common/pagination.js';
import { Dictionary, Nested } from '../common/response-fields.js';
import { UserSummary } from '../profiles/profiles.dto.js';

const kinds = ['group_invite', 'milestone_member', 'milestone_group', 'session_reminder', 'generic'] as const;
const statuses = ['pending', 'accepted', 'declined', 'read'] as const;

export class GroupSummary {
  @Uuid() id: string;
  @Text() name: string;
  @OneOf(['active', 'archived']) status: 'active' | 'archived';
}

export class Notification {
  @Uuid() id: string;
  @Uuid() recipient_id: string;
  @OneOf(kinds) kind: (typeof kinds)[number];
  @OneOf(statuses) status: (typeof statuses)[number];
  @Text() title: string;
  @Text() body: string;
  @Dictionary('anything') data: Record<string, unknown>;
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
