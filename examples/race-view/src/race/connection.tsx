import type { ReactNode } from 'react';

export type ConnectionState = 'connecting' | 'live' | 'polling' | 'offline';

const WORDS = {
  connecting: 'Connecting',
  again: 'Connection lost, counting on',
  live: 'Live',
  polling: 'Looking every few seconds',
  offline: 'No connection, counting on',
  ended: 'Not watching',
};

interface ConnectionProps {
  state: ConnectionState;
  /** Whether there is a race to count on with. */
  begun: boolean;
  ended: boolean;
}

export function Connection({ state, begun, ended }: ConnectionProps): ReactNode {
  const shown = ended ? 'ended' : state === 'connecting' && begun ? 'again' : state;
  return (
    <p className="connection" data-state={shown} role="status">
      {WORDS[shown]}
    </p>
  );
}
