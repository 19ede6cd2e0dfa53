import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type LockInClient, unwrap } from '@lockin/sdk';
import { setTimeout as after } from 'node:timers/promises';
import { type Person, useApi } from '../support/api.js';
import { createTestClient } from './support/test-client.js';

const HOUR = 3_600_000;

const api = useApi();
let ana: Person;

beforeAll(async () => {
  // The API runs in this process: a device clock that is ahead must not expire the token.
  ana = await api.person('Ana', { exp: Math.floor(Date.now() / 1000) + 86_400 });
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** The real time in milliseconds since 1970; not affected by the mock of Date.now. */
const realNow = (): number => performance.timeOrigin + performance.now();

/** Sets the device's clock. The server's `Date` header is not affected, because Node does not use Date.now for it. */
function setDeviceClock(offset: number): void {
  jest.spyOn(Date, 'now').mockImplementation(() => Math.floor(realNow() + offset));
}

const request = (lockin: LockInClient): Promise<unknown> => unwrap(lockin.api.GET('/api/me'));
const error = (lockin: LockInClient): number => Math.abs(lockin.clock.now() - realNow());

describe("The server's clock", () => {
  it("is the device's clock until the first response", async () => {
    setDeviceClock(-3 * HOUR);
    const lockin = createTestClient(api, ana);
    expect(lockin.clock.isSynchronised).toBe(false);
    expect(error(lockin)).toBeGreaterThan(2 * HOUR);
    await request(lockin);
    expect(lockin.clock.isSynchronised).toBe(true);
  });

  it.each([
    ['correct', 0],
    ['seven hours fast', 7 * HOUR],
    ['seven hours slow', -7 * HOUR],
  ])('is known within 1000 ms after one response and 250 ms after 16, if the device is %s', async (_, offset) => {
    setDeviceClock(offset);
    const lockin = createTestClient(api, ana);
    await request(lockin);
    expect(error(lockin)).toBeLessThan(1000);
    for (let sample = 0; sample < 15; sample++) await Promise.all([request(lockin), after(70)]);
    expect(error(lockin)).toBeLessThan(250);
  });

  it("converts an earlier time of the device's clock", async () => {
    setDeviceClock(7 * HOUR);
    const lockin = createTestClient(api, ana);
    const [deviceTime, realTime] = [Date.now(), realNow()];
    await request(lockin);
    expect(Math.abs(lockin.clock.toServer(deviceTime) - realTime)).toBeLessThan(1000);
  });

  it("follows when the device's clock is set", async () => {
    setDeviceClock(0);
    const lockin = createTestClient(api, ana);
    await request(lockin);
    setDeviceClock(-5 * HOUR);
    await request(lockin);
    expect(error(lockin)).toBeLessThan(1000);
  });
});
