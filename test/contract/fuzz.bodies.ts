import { agoSeconds, inDays } from '../support/factories.js';
import type { Users, Fixtures } from './permissions.fixtures.js';

/** A valid body for every operation that has one, with all properties. */
export const rightBodies = (users: Users, fixtures: Fixtures): Record<string, () => Record<string, unknown>> => ({
  updateMe: () => ({ display_name: 'Owner', avatar_url: null }),
  createAvatarUpload: () => ({ content_type: 'image/png', content_length: 1 }),
  createGroup: () => ({
    name: 'G',
    description: 'd',
    start_at: inDays(-1),
    end_at: inDays(1),
    timezone: 'UTC',
    period: 'weekly',
    period_target_minutes: 60,
  }),
  updateGroup: () => ({ name: 'G', description: 'd', end_at: inDays(2), period_target_minutes: 60 }),
  transferGroup: () => ({ user_id: users.owner.id }),
  addGroupMember: () => ({ user_id: users.outsider.id, role: 'member' }),
  updateGroupMember: () => ({ override_period_target_minutes: 5, role: 'member' }),
  inviteToGroup: () => ({ recipient_id: users.outsider.id }),
  createSession: () => ({ group_id: fixtures.group, scheduled_start: inDays(1) }),
  recordSession: () => ({
    group_id: fixtures.group,
    segments: [{ started_at: agoSeconds(600), ended_at: agoSeconds(300) }],
  }),
  startSession: () => ({ at: agoSeconds(60) }),
  pauseSession: () => ({ at: agoSeconds(1) }),
  resumeSession: () => ({ at: agoSeconds(1) }),
  stopSession: () => ({ at: agoSeconds(1) }),
  addSessionLog: () => ({ started_at: agoSeconds(600), ended_at: agoSeconds(300) }),
});
