/**
 * The server's clock, estimated from the `Date` header of each response. Device clocks can be wrong by hours. All times
 * are milliseconds since 1970. The estimate is within 1000 ms after one response, and improves with more.
 */
export interface ServerClock {
  /** The server's current time. The device's time until `isSynchronised`. */
  now(): number;
  /** Converts a time of the device's clock to the server's clock. */
  toServer(deviceMs: number): number;
  /** False until the first response. */
  readonly isSynchronised: boolean;
}

/** When a request was sent and its response received, by the device's clock, and the response's `Date` header. */
export interface ClockSample {
  sentAt: number;
  receivedAt: number;
  date: string | null;
}

export interface AdjustableClock extends ServerClock {
  addSample(sample: ClockSample): void;
}

/** `Date` has whole seconds, rounded down. */
const DATE_PRECISION_MS = 1000;
/** Clocks of a device differ by less; a larger difference means that the device's clock was set. */
export const CLOCK_SET_MS = 10_000;

/** The device's clocks at one moment, in milliseconds. */
export interface DeviceReading {
  device: number;
  /** Cannot be set, but stands still while some devices sleep, and starts anew with the app. */
  monotonic: number;
}

export const readDevice = (): DeviceReading => ({ device: Date.now(), monotonic: performance.now() });

/** Milliseconds since a reading of the same run of the app, by the clock that was not set back and did not stand still. */
export function elapsedSince({ device, monotonic }: DeviceReading): number {
  const now = readDevice();
  return Math.max(now.device - device, now.monotonic - monotonic);
}

/**
 * By how many milliseconds the device's clock was set back since a reading of the same run of the app; 0 if it was not.
 * A clock that was set forward looks like a device that slept, and is noticed with the next response only.
 */
export function setBackSince({ device, monotonic }: DeviceReading): number {
  const now = readDevice();
  const setBack = now.monotonic - monotonic - (now.device - device);
  return setBack > CLOCK_SET_MS ? setBack : 0;
}

/**
 * Each response gives a lower and an upper bound of the server's offset; their intersection narrows with each sample.
 * An empty intersection means that the device's clock was set, so the latest sample replaces the earlier ones.
 */
export function createClock(): AdjustableClock {
  let bounds: { min: number; max: number } | undefined;
  let sampledAt: DeviceReading | undefined;
  const offset = (): number =>
    bounds && sampledAt ? Math.round((bounds.min + bounds.max) / 2 + setBackSince(sampledAt)) : 0;

  return {
    now: () => Date.now() + offset(),
    toServer: (deviceMs) => deviceMs + offset(),
    get isSynchronised() {
      return bounds !== undefined;
    },
    addSample({ sentAt, receivedAt, date }) {
      const time = Date.parse(date ?? '');
      if (Number.isNaN(time) || receivedAt < sentAt) return;
      const sample = { min: time - receivedAt, max: time + DATE_PRECISION_MS - sentAt };
      const min = Math.max(sample.min, bounds?.min ?? sample.min);
      const max = Math.min(sample.max, bounds?.max ?? sample.max);
      bounds = min <= max ? { min, max } : sample;
      sampledAt = readDevice();
    },
  };
}
