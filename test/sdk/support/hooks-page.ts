/** A page that shows the results of the hooks of queries, lists, sessions and the offline queue as text. */
import { createLockInClient, ProblemError, type QueueEntry } from '@lockin/sdk';
import { createLockInHooks, invalidate, usePending } from '@lockin/sdk/react';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createElement as h, Fragment, type ReactElement, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';

/** With `#unknown-token` the token provider throws a text. */
const TEXT = JSON.parse('"no storage"') as Error;
const token = (): string | Promise<never> => (location.hash === '#unknown-token' ? Promise.reject(TEXT) : 'token');
const lockin = createLockInClient({ baseUrl: location.origin, token, maxRetries: 1 });
const { useList, useMutation, useQuery, useSessionVerbs } = createLockInHooks(lockin);
const client = new QueryClient();

const text = (id: string, ...parts: unknown[]): ReactElement => h('p', { id }, parts.map(String).join(', '));
const button = (name: string, onClick: () => void): ReactElement => h('button', { onClick }, name);
const group = (...children: ReactNode[]): ReactElement => h(Fragment, null, ...children);

/** The class, code and message of an error. */
function describe(error: Error | null): string {
  if (error === null) return 'no error';
  const code = error instanceof ProblemError ? error.code : 'no code';
  return `${error instanceof Error ? 'Error' : 'no Error'} ${code}: ${error.message}`;
}

function Me(): ReactElement {
  const { data, error, status } = useQuery('get', '/api/me');
  return text('me', status, data?.display_name, describe(error));
}

function Groups(): ReactElement {
  const { items, hasNextPage, fetchNextPage, error, isPending } = useList('/api/groups', { status: 'active' });
  const names = items.map(({ name }) => name).join(' ');
  return group(
    text('groups', isPending ? 'pending' : 'loaded', `[${names}]`, hasNextPage ? 'more' : 'all', describe(error)),
    button('more', () => void fetchNextPage()),
  );
}

function Clone(): ReactElement {
  const { mutate, status, error } = useMutation('post', '/api/groups/{id}:clone');
  return group(
    text('clone', status, describe(error)),
    button('clone', () => mutate({ params: { path: { id: 'g1' } } })),
    button('sent elsewhere', () => void invalidate(client, 'post /api/groups/{id}:clone')),
  );
}

function Session(): ReactElement {
  const { data } = useQuery('get', '/api/sessions/{id}', { params: { path: { id: 's1' } } });
  const { start, pause, resume, stop, error, isPending } = useSessionVerbs('s1');
  return group(
    text('session', data?.status, data?.started_at === null ? 'not started' : 'started', describe(error)),
    text('sending', isPending),
    ...Object.entries({ start, pause, resume, stop }).map(([name, onClick]) => button(name, onClick)),
  );
}

/** A queue with the interface that `usePending` needs. */
function createFakeQueue() {
  const listeners = new Set<() => void>();
  let pending: readonly QueueEntry[] = [];
  return {
    get pending() {
      return pending;
    },
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    add: () => {
      pending = [...pending, { key: 'k', session: 's1', kind: 'stop', at: 0 }];
      for (const listener of listeners) listener();
    },
  };
}
const queue = createFakeQueue();

function Pending(): ReactElement {
  return group(text('pending', usePending(queue).length), button('queue', queue.add));
}

const app = [Me, Groups, Clone, Session, Pending].map((component) => h(component, { key: component.name }));
createRoot(document.body).render(h(QueryClientProvider, { client }, app));
