import { lockin } from '../lockin.js';
import type { Press, VerbEntry } from './presses.js';

const times = new Map<string, number>();

/**
 * A press by the server's clock, as it was estimated when the press was first seen: the device's clock may be set while the
 * press waits to be sent.
 */
export function pressOf({ key, kind, at }: VerbEntry): Press {
  const { clock } = lockin;
  const time = times.get(key) ?? clock.toServer(at);
  if (clock.isSynchronised) times.set(key, time);
  return { kind, at: time };
}
