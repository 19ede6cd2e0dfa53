/** A page that shows the results of the hooks as text. */
import { createLockInClient, ProblemError, type QueueEntry, secondsAt } from '@lockin/sdk';
import { createLockInHooks } from '@lockin/sdk/react';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createElement as h, type ReactElement, useState } from 'react';
import { createRoot } from 'react-dom/client';

const lockin = createLockInClient({ baseUrl: location.origin, token: () => 'token' });
const { useQuery, useRace, useServerNow } = createLockInHooks(lockin);
/** Has a pending start once its button was pressed. */
const queue = {
  pending: [] as readonly QueueEntry[],
  listener: () => {},
  subscribe: (listener: () => void) => {
    queue.listener = listener;
    return () => {};
  },
  pendingIn: () => queue.pending.map(() => [{ kind: 'start' as const, time: lockin.clock.now() - 60_000 }]),
  press: () => {
    queue.pending = [{ key: '1', kind: 'start', session: '1', at: 0 }];
    queue.listener();
  },
};
const groups = location.hash.slice(1).split(',');

function Race({ name, groupId }: { name: string; groupId: string }): ReactElement {
  const own = name === 'first' ? { queue, userId: 'ana' } : undefined;
  const { race, state, problem } = useRace(groupId, own);
  const now = useServerNow(100);
  const leader = race?.[0];
  const seconds = leader ? secondsAt(leader, now) : 'nothing';
  return h('p', { id: name }, `${state}, ${problem?.code ?? 'no problem'}, ${seconds}`);
}

function Me(): ReactElement {
  const { data, error } = useQuery('get', '/api/me');
  const code = error instanceof ProblemError ? error.code : undefined;
  return h('p', { id: 'me' }, data?.display_name ?? code ?? 'loading');
}

function App(): ReactElement {
  const [shown, show] = useState(2);
  const [group, setGroup] = useState(groups[0] ?? '');
  const button = (text: string, onClick: () => void): ReactElement => h('button', { key: text, onClick }, text);
  return h(
    'main',
    null,
    [0, 1, 2].map((count) => button(`show ${count}`, () => show(count))),
    button('signed in', lockin.signedIn),
    button('press', queue.press),
    groups.map((id) => button(`watch ${id}`, () => setGroup(id))),
    shown > 0 && h(Race, { name: 'first', groupId: group }),
    shown > 1 && h(Race, { name: 'second', groupId: group }),
    h(Me),
  );
}

const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
createRoot(document.body).render(h(QueryClientProvider, { client }, h(App)));
