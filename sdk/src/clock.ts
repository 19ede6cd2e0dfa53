/** The server's time as far as its answers tell: devices are wrong by hours. Times are milliseconds since 1970. */
export interface ServerClock {
  now(): number;
  /** What the server's clock showed when the device's showed `deviceMs`. */
  toServer(deviceMs: number): number;
  /** False until the first answer: the device's clock is all there is until then. */
  readonly isSynchronised: boolean;
}

/** Between being sent and received, by the device's clock, an answer was given its `Date`. */
export interface Exchange {
  sent: number;
  received: number;
  date: string | null;
}

export interface ObservingClock extends ServerClock {
  observe(exchange: Exchange): void;
}

/** `Date` counts whole seconds, rounded down. */
const SECOND = 1000;

/**
 * Every answer bounds how far the server is ahead of the device; together they bound it ever more closely. Bounds that
 * contradict those held mean that somebody has set the device's clock, so the later ones are right.
 */
export function createClock(): ObservingClock {
  let bounds: { low: number; high: number } | undefined;
  const ahead = (): number => (bounds ? Math.round((bounds.low + bounds.high) / 2) : 0);

  return {
    now: () => Date.now() + ahead(),
    toServer: (deviceMs) => deviceMs + ahead(),
    get isSynchronised() {
      return bounds !== undefined;
    },
    observe({ sent, received, date }) {
      const time = Date.parse(date ?? '');
      if (Number.isNaN(time) || received < sent) return;
      const told = { low: time - received, high: time + SECOND - sent };
      const low = Math.max(told.low, bounds?.low ?? told.low);
      const high = Math.min(told.high, bounds?.high ?? told.high);
      bounds = low <= high ? { low, high } : told;
    },
  };
}
