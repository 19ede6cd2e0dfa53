/** The types of the contract under names of their own. */
import type { components } from './schema.js';

type Schemas = components['schemas'];

/** A group, as in lists. Times are RFC 3339 in UTC. */
export type Group = Schemas['Group'];
/** A group with its members, its open sessions and the 20 latest ended ones. */
export type GroupDetail = Schemas['GroupDetail'];
/** The id, name and status of a group, as in a notification. */
export type GroupSummary = Schemas['GroupSummary'];
/** `active` until the group's end, `archived` from then on. */
export type GroupStatus = Schemas['GroupStatus'];
/** The unit of a group's target: the local day, or the local week from Monday, in the group's time zone. */
export type Period = Schemas['Period'];
/** The body of `POST /api/groups`. */
export type CreateGroup = Schemas['CreateGroup'];
/** The body of `PATCH /api/groups/{id}`. */
export type UpdateGroup = Schemas['UpdateGroup'];

/** A member of a group. `override_period_target_minutes` is null if the group's target applies. */
export type Member = Schemas['Member'];
/** The role of a member in a group. */
export type Role = Schemas['Role'];
/** A group of the signed-in user, as in the profile. */
export type Membership = Schemas['Membership'];
/** The public part of another user's profile. */
export type UserSummary = Schemas['UserSummary'];
/** The body of `PATCH /api/groups/{id}/members/{userId}`. */
export type UpdateMember = Schemas['UpdateMember'];
/** An invite, as owners and admins see it: the recipient's {@link Notification}, with the recipient. */
export type Invite = Schemas['GroupInvite'];

/** The profile of the signed-in user. */
export type Profile = Schemas['Me'];
/** The body of `PATCH /api/me`. Null clears a field. */
export type UpdateProfile = Schemas['UpdateMe'];
/** Where to upload an avatar. `uploadAvatar` uses it. */
export type AvatarUpload = Schemas['AvatarUpload'];
/** The content types that an avatar may have. */
export type ImageType = Schemas['CreateAvatarUpload']['content_type'];

/** A focus session, as in lists. Times are RFC 3339 in UTC. */
export type Session = Schemas['Session'];
/** A session with its participants. */
export type SessionDetail = Schemas['SessionDetail'];
/** The state of a session. */
export type SessionStatus = Schemas['SessionStatus'];
/** A participant of a session. `seconds_logged` counts overlapping time once. */
export type Participant = Schemas['Participant'];
/** The role of a participant in a session. The host starts, pauses, resumes and stops it. */
export type ParticipantRole = Schemas['ParticipantRole'];
/** A stretch of focus time in a session. `ended_at` is null while it runs. */
export type TimeLog = Schemas['TimeLog'];
/** The body of `POST /api/sessions`. */
export type CreateSession = Schemas['CreateSession'];
/** The body of `POST /api/sessions:record`: a session that is over. */
export type RecordSession = Schemas['RecordSession'];
/** When the user focused, in a recorded session. */
export type Segment = Schemas['Segment'];
/** The body of `POST /api/sessions/{id}/logs`. */
export type AddLog = Schemas['AddLog'];

/** A member's progress in the current period. `seconds_done` is as of the server's time `as_of`. */
export type MemberProgress = Schemas['MemberProgress'];
/** The progress of a group's members in the current period, leader first. */
export type Race = MemberProgress[];
/** A `changes` event of the stream: what changed since the event before. */
export type RaceChanges = Schemas['ProgressChanges'];
/** A member's past periods, newest first, and streaks, counted in periods. */
export type MemberHistory = Schemas['MemberHistory'];
/** A member's result in one period. */
export type PastPeriod = Schemas['PastPeriod'];

/** The signed-in user's own time per local day, oldest first, and streaks in days. */
export type Focus = Schemas['Focus'];
/** The user's seconds of one local day. */
export type FocusDay = Schemas['FocusDay'];

/** A message in the user's inbox. `data` holds what is needed to translate it and to open the right screen. */
export type Notification = Schemas['Notification'];
/** What a client needs to translate a notification and to open the right screen. Unknown properties are of newer events. */
export type NotificationData = Schemas['NotificationData'];
/** What a notification is about. */
export type NotificationKind = Schemas['NotificationKind'];
/** The state of a notification. Only an invite is ever `accepted` or `declined`. */
export type NotificationStatus = Schemas['NotificationStatus'];

/** The body of an error response (RFC 9457). */
export type Problem = Schemas['Problem'];
/** The codes of the API's problems. */
export type ApiProblemCode = Schemas['ProblemCode'];
/** An invalid field of the input: where it is, and what is wrong with it. */
export type FieldError = Schemas['FieldError'];
