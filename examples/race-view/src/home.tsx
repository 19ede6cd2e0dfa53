import type { Profile } from '@lockin/sdk';
import { type ReactNode, useRef, useSyncExternalStore } from 'react';
import { Avatar } from './avatar.js';
import { GroupPicker } from './group-picker.js';
import { CreateGroupForm } from './groups/create-group.js';
import { Inbox } from './inbox/inbox.js';
import { t } from './language/language.js';
import { useQuery } from './lockin.js';
import { Logo } from './logo.js';
import { OwnTime } from './past/own-time.js';
import { RaceSection } from './race/race.js';

/** Only the race is live. Invites and new groups are found by polling the profile. */
const POLL_INTERVAL_MS = 5_000;

const NEW_GROUP = 'new-group';
const OWN_TIME = 'own-time';

export function Home({ onSignOut }: { onSignOut: () => void }): ReactNode {
  const { data: profile, error } = useQuery('get', '/api/me', {}, { refetchInterval: POLL_INTERVAL_MS });

  if (!profile) return <Waiting hasFailed={error !== null} onSignOut={onSignOut} />;
  return <SignedIn profile={profile} onSignOut={onSignOut} />;
}

function Waiting({ hasFailed, onSignOut }: { hasFailed: boolean; onSignOut: () => void }): ReactNode {
  return (
    <main className="waiting">
      <Logo />
      <h1>{hasFailed ? t.noAnswerYet : t.oneMoment}</h1>
      <p>{hasFailed ? t.triesAgain : t.signingIn}</p>
      <button type="button" onClick={onSignOut}>
        {t.switchPerson}
      </button>
    </main>
  );
}

function SignedIn({ profile, onSignOut }: { profile: Profile; onSignOut: () => void }): ReactNode {
  const hash = useHash();
  const inbox = useRef<HTMLHeadingElement>(null);
  const groups = profile.memberships;
  const group =
    groups.find(({ group_id }) => group_id === hash) ?? groups.find(({ status }) => status === 'active') ?? groups[0];
  const view = hash === NEW_GROUP || hash === OWN_TIME ? hash : group?.group_id;

  return (
    <>
      <header className="top">
        <Logo />
        <GroupPicker groups={groups} selected={view} onSelect={show} />
        <Navigation view={view} />
        <button type="button" className="to-inbox" onClick={() => inbox.current?.focus()}>
          {t.inboxWithUnread(profile.unread_notifications)}
        </button>
        <button type="button" className="person" onClick={onSignOut}>
          <Avatar name={profile.display_name} url={profile.avatar_url} />
          <bdi>{profile.display_name ?? t.you}</bdi> <span>{t.switchPerson}</span>
        </button>
      </header>
      <div className="columns">
        <main>
          <View key={view} view={view} profile={profile} />
        </main>
        <Inbox unread={profile.unread_notifications} heading={inbox} onJoined={show} />
      </div>
    </>
  );
}

function View({ view, profile }: { view: string | undefined; profile: Profile }): ReactNode {
  if (view === NEW_GROUP) return <CreateGroupForm onCreated={show} />;
  if (view === OWN_TIME) return <OwnTime />;
  if (view !== undefined) return <RaceSection groupId={view} profile={profile} onLeft={() => show('')} />;
  return (
    <>
      <h1>{t.noRace}</h1>
      <p>{t.noGroup}</p>
    </>
  );
}

function Navigation({ view }: { view: string | undefined }): ReactNode {
  return (
    <nav>
      <a href={`#${OWN_TIME}`} aria-current={view === OWN_TIME ? 'page' : undefined}>
        {t.ownTime}
      </a>
      <a href={`#${NEW_GROUP}`} aria-current={view === NEW_GROUP ? 'page' : undefined}>
        {t.newGroup}
      </a>
    </nav>
  );
}

/** The view is in the URL, so that a reload keeps it and a link can be shared: a group's id, or a name. */
function show(view: string): void {
  location.hash = view;
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
