import type { RaceState } from '@lockin/sdk';
import type { ReactNode } from 'react';
import { t } from '../language/language.js';

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
      {t[shown]}
    </p>
  );
}
