import type { ReactNode } from 'react';

export type ConnectionState = 'connecting' | 'live' | 'polling' | 'offline';

const WORDS: Record<ConnectionState | 'ended', string> = {
  connecting: 'Connecting',
  live: 'Live',
  polling: 'Looking every few seconds',
  offline: 'No connection, counting on',
  ended: 'Not watching',
};

export function Connection({ state, ended }: { state: ConnectionState; ended: boolean }): ReactNode {
  const shown = ended ? 'ended' : state;
  return (
    <p className="connection" data-state={shown} role="status">
      {WORDS[shown]}
    </p>
  );
}
