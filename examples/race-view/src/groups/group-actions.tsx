import type { GroupDetail } from '@lockin/sdk';
import type { ReactNode } from 'react';
import { t } from '../language/language.js';
import { InviteForm } from './invite-form.js';
import { LeaveButton } from './leave-button.js';

interface GroupActionsProps {
  group: GroupDetail;
  userId: string;
  onLeft: () => void;
}

/** Owners and admins invite; everybody but the owner, who has to transfer the group first, leaves. */
export function GroupActions({ group, userId, onLeft }: GroupActionsProps): ReactNode {
  const role = group.members.find(({ user_id }) => user_id === userId)?.role;
  const canInvite = group.status === 'active' && (role === 'owner' || role === 'admin');
  const canLeave = role === 'admin' || role === 'member';
  if (!canInvite && !canLeave) return null;
  return (
    <section className="card" aria-labelledby="members">
      <h2 id="members">{t.members}</h2>
      {canInvite && <InviteForm groupId={group.id} />}
      {canLeave && <LeaveButton group={group} userId={userId} onLeft={onLeft} />}
    </section>
  );
}
