import { type Role, roles } from '../common/enumerations.js';
import { Instant, OneOf, Uuid, Whole } from '../common/fields.js';
import { Nested } from '../common/response-fields.js';
import { UserSummary } from '../profiles/profiles.dto.js';

const givenRoles = ['admin', 'member'] as const;

export type GivenRole = (typeof givenRoles)[number];

export class Member {
  @Uuid() group_id: string;
  @Uuid() user_id: string;
  @OneOf(roles) role: Role;
  @Whole(1, 10_080, { nullable: true }) override_period_target_minutes: number | null;
  @Instant() created_at: string;
  @Nested(() => UserSummary) user: UserSummary;
}

export class AddMember {
  @Uuid() user_id: string;
  @OneOf(givenRoles, { optional: true, default: 'member' }) role?: GivenRole;
}

export class UpdateMember {
  @Whole(1, 10_080, { optional: true, clearable: true }) override_period_target_minutes?: number | null;
  @OneOf(givenRoles, { optional: true }) role?: GivenRole;
}
