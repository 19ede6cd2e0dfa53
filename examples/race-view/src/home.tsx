import type { Profile } from '@lockin/sdk';
import { type ReactNode, useSyncExternalStore } from 'react';
import { Avatar } from './avatar.js';
import { GroupPicker } from './group-picker.js';
import { Inbox } from './inbox/inbox.js';
import { useQuery } from './lockin.js';
import { Logo } from './logo.js';
import { RaceSection } from './race/race.js';

/** Only the race is live. Invites and new groups are found by polling the profile. */
const POLL_INTERVAL_MS = 5_000;

export function Home({ onSignOut }: { onSignOut: () => void }): ReactNode {
  const { data: profile, error } = useQuery('get', '/api/me', {}, { refetchInterval: POLL_INTERVAL_MS });

  if (!profile) return <Waiting hasFailed={error !== null} onSignOut={onSignOut} />;
  return <SignedIn profile={profile} onSignOut={onSignOut} />;
}

function Waiting({ hasFailed, onSignOut }: { hasFailed: boolean; onSignOut: () => void }): ReactNode {
  return (
    <main className="waiting">
      <Logo />
      <h1>{hasFailed ? 'The API does not answer yet' : 'One moment'}</h1>
      <p>{hasFailed ? 'This page tries again every few seconds.' : 'Signing in.'}</p>
      <button type="button" onClick={onSignOut}>
        Switch person
      </button>
    </main>
  );
}

function SignedIn({ profile, onSignOut }: { profile: Profile; onSignOut: () => void }): ReactNode {
  const groupId = useHash();
  const groups = profile.memberships;
  const group =
    groups.find(({ group_id }) => group_id === groupId) ??
    groups.find(({ status }) => status === 'active') ??
    groups[0];

  return (
    <>
      <header className="top">
        <Logo />
        <GroupPicker groups={groups} selected={group?.group_id} onSelect={showGroup} />
        <button type="button" className="person" onClick={onSignOut}>
          <Avatar name={profile.display_name} url={profile.avatar_url} />
          {profile.display_name ?? 'You'} <span>Switch person</span>
        </button>
      </header>
      <div className="columns">
        <main>
          {group ? <RaceSection key={group.group_id} groupId={group.group_id} profile={profile} /> : <NoGroup />}
        </main>
        <Inbox unread={profile.unread_notifications} onJoined={showGroup} />
      </div>
    </>
  );
}

function NoGroup(): ReactNode {
  return (
    <>
      <h1>No race yet</h1>
      <p>You are not in a group yet. Invites arrive in your inbox.</p>
    </>
  );
}

/** The group's id is in the URL, so that a reload keeps it and a link can be shared. */
function showGroup(id: string): void {
  location.hash = id;
}

function useHash(): string {
  return useSyncExternalStore(
    (onChange) => {
      addEventListener('hashchange', onChange);
      return () => removeEventListener('hashchange', onChange);
    },
    () => location.hash.slice(1),
  );
}
