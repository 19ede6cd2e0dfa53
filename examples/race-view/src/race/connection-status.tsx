import type { RaceState } from '@lockin/sdk';
import type { ReactNode } from 'react';

const LABELS = {
  connecting: 'Connecting',
  reconnecting: 'Connection lost, counting on',
  live: 'Live',
  polling: 'Updated every few seconds',
  offline: 'No connection, counting on',
  ended: 'Not connected',
};

interface ConnectionStatusProps {
  state: RaceState;
  /** Whether a race is shown already; its seconds increase also without a connection. */
  hasRace: boolean;
  /** Whether the race can no longer be read. */
  hasEnded: boolean;
}

export function ConnectionStatus({ state, hasRace, hasEnded }: ConnectionStatusProps): ReactNode {
  const shown = hasEnded ? 'ended' : state === 'connecting' && hasRace ? 'reconnecting' : state;
  return (
    <p className="connection" data-state={shown} role="status">
      {LABELS[shown]}
    </p>
  );
}
