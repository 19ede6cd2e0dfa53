import { type GroupStatus, groupStatuses, type Role, roles } from '../common/enumerations.js';
import { EmailAddress, Instant, LocalDate, OneOf, Text, Url, Uuid, Whole } from '../common/fields.js';
import { Dictionary, ListOf } from '../common/response-fields.js';

const imageTypes = ['image/jpeg', 'image/png', 'image/webp'] as const;

export type ImageType = (typeof imageTypes)[number];

export class UserSummary {
  @Uuid() id: string;
  @Text(0, Infinity, { nullable: true }) display_name: string | null;
  @Url({ nullable: true }) avatar_url: string | null;
}

export class Membership {
  @Uuid() group_id: string;
  @Text() name: string;
  @OneOf(groupStatuses) status: GroupStatus;
  @OneOf(roles) role: Role;
}

export class Me {
  @Uuid() id: string;
  @EmailAddress({ nullable: true }) email: string | null;
  @Text(0, Infinity, { nullable: true }) display_name: string | null;
  @Url({ nullable: true }) avatar_url: string | null;
  @Instant() created_at: string;
  @Instant() updated_at: string;
  @ListOf(() => Membership) memberships: Membership[];
  @Whole(0) unread_notifications: number;
}

export class UpdateMe {
  @Text(1, 80, { optional: true, clearable: true }) display_name?: string | null;
  @Url({ optional: true, clearable: true }) avatar_url?: string | null;
}

/** All that is stored about a user. Sections may gain fields, so only the sections are specified. */
export class AccountExport {
  @Instant() exported_at: string;
  @Dictionary('anything') profile: object;
  @Dictionary('anything', { isArray: true }) identities: object[];
  @Dictionary('anything', { isArray: true }) memberships: object[];
  @Dictionary('anything', { isArray: true }) targets: object[];
  @Dictionary('anything', { isArray: true }) sessions: object[];
  @Dictionary('anything', { isArray: true }) milestones: object[];
  @Dictionary('anything', { isArray: true }) notifications: object[];
  @Dictionary('anything', { isArray: true }) limited_actions: object[];
  @Dictionary('anything', { isArray: true }) idempotency_keys: object[];
}

export class FocusDay {
  @LocalDate() date: string;
  @Whole(0) seconds: number;
}

export class Focus {
  @Text() timezone: string;
  @Whole(0) current_streak: number;
  @Whole(0) best_streak: number;
  @ListOf(() => FocusDay) days: FocusDay[];
}

export class FocusQuery {
  @Text(1, 64, { query: true }) timezone: string;
  @LocalDate({ query: true, optional: true }) from?: string;
  @LocalDate({ query: true, optional: true }) to?: string;
}

export class LookupQuery {
  @EmailAddress({ query: true }) email: string;
}

export class CreateAvatarUpload {
  @OneOf(imageTypes) content_type: ImageType;
  @Whole(1, 5 * 1024 * 1024) content_length: number;
}

export class AvatarUpload {
  @OneOf(['PUT']) method: 'PUT';
  @Url() url: string;
  @Dictionary('text') headers: Record<string, string>;
  @Url() avatar_url: string;
  @Instant() expires_at: string;
}
