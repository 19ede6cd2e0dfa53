import { type ReactNode, useSyncExternalStore } from 'react';
import { Avatar } from './avatar.js';
import { GroupPicker } from './group-picker.js';
import { Inbox } from './inbox/inbox.js';
import { useQuery } from './lockin.js';
import { Logo } from './logo.js';
import { RaceSection } from './race/race.js';
import type { Me } from './types.js';

/** Invites and new groups come by asking: only the race itself is live. */
const ASK_AGAIN_MS = 5_000;

export function Home({ onLeave }: { onLeave: () => void }): ReactNode {
  const { data: me, error } = useQuery('get', '/api/me', {}, { refetchInterval: ASK_AGAIN_MS });

  if (!me) return <Waiting failed={error !== null} onLeave={onLeave} />;
  return <SignedIn me={me} onLeave={onLeave} />;
}

function Waiting({ failed, onLeave }: { failed: boolean; onLeave: () => void }): ReactNode {
  return (
    <main className="waiting">
      <Logo />
      <h1>{failed ? 'The API does not answer yet' : 'One moment'}</h1>
      <p>{failed ? 'This page goes on trying.' : 'Signing in.'}</p>
      <button type="button" onClick={onLeave}>
        Switch person
      </button>
    </main>
  );
}

function SignedIn({ me, onLeave }: { me: Me; onLeave: () => void }): ReactNode {
  const wanted = useHash();
  const groups = me.memberships;
  const group =
    groups.find(({ group_id }) => group_id === wanted) ?? groups.find(({ status }) => status === 'active') ?? groups[0];

  return (
    <>
      <header className="top">
        <Logo />
        <GroupPicker groups={groups} chosen={group?.group_id} onChoose={showGroup} />
        <button type="button" className="person" onClick={onLeave}>
          <Avatar name={me.display_name} url={me.avatar_url} />
          {me.display_name ?? 'You'} <span>Switch person</span>
        </button>
      </header>
      <div className="columns">
        <main>{group ? <RaceSection key={group.group_id} groupId={group.group_id} me={me} /> : <NoGroup />}</main>
        <Inbox unread={me.unread_notifications} onJoined={showGroup} />
      </div>
    </>
  );
}

function NoGroup(): ReactNode {
  return (
    <>
      <h1>No race yet</h1>
      <p>You are in no group. An invite would arrive in your inbox.</p>
    </>
  );
}

/** The group stands in the address, so that it survives a reload and can be passed on. */
function showGroup(id: string): void {
  location.hash = id;
}

function useHash(): string {
  return useSyncExternalStore(
    (changed) => {
      addEventListener('hashchange', changed);
      return () => removeEventListener('hashchange', changed);
    },
    () => location.hash.slice(1),
  );
}
