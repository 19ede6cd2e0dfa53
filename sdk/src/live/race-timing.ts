/** Intervals and timeouts of `watchRace`, in milliseconds. */
export interface RaceTiming {
  /** The interval between two polls. Defaults to 5,000. */
  pollIntervalMs: number;
  /** A stream without any data, heartbeats included, for this long is closed. Defaults to 40,000. */
  idleTimeoutMs: number;
  /** If a stream has no event after this time, a proxy is holding it back. Defaults to 10,000. */
  firstEventTimeoutMs: number;
  /** How long to poll before the next attempt to stream, if streaming was not possible. Defaults to 60,000. */
  streamRetryMs: number;
}

export const DEFAULT_TIMING: RaceTiming = {
  pollIntervalMs: 5_000,
  idleTimeoutMs: 40_000,
  firstEventTimeoutMs: 10_000,
  streamRetryMs: 60_000,
};
