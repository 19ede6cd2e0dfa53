import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type LockIn, unwrap } from '@lockin/sdk';
import { setTimeout as after } from 'node:timers/promises';
import { type Api, type Person, startApi } from '../support/api.js';
import { lockinOf } from './support/lockin.js';

const HOUR = 3_600_000;

let api: Api;
let ana: Person;

beforeAll(async () => {
  api = await startApi();
  // The API runs in this process and would see the token expire by the device's clock.
  ana = await api.person('Ana', { exp: Math.floor(Date.now() / 1000) + 86_400 });
});
afterAll(() => api.stop());
afterEach(() => {
  jest.restoreAllMocks();
});

/** Milliseconds since 1970, whatever is done to Date. */
const truth = (): number => performance.timeOrigin + performance.now();

/** Sets Date.now, which is the device's clock; the server's answers carry the time of Node itself. */
function setDevice(off: number): void {
  jest.spyOn(Date, 'now').mockImplementation(() => Math.floor(truth() + off));
}

const ask = (lockin: LockIn): Promise<unknown> => unwrap(lockin.api.GET('/api/me'));
const error = (lockin: LockIn): number => Math.abs(lockin.clock.now() - truth());

describe("The server's clock", () => {
  it("is the device's until the first answer", async () => {
    setDevice(-3 * HOUR);
    const lockin = lockinOf(api, ana);
    expect(lockin.clock.isSynchronised).toBe(false);
    expect(error(lockin)).toBeGreaterThan(2 * HOUR);
    await ask(lockin);
    expect(lockin.clock.isSynchronised).toBe(true);
  });

  it.each([
    ['right', 0],
    ['hours fast', 7 * HOUR],
    ['hours slow', -7 * HOUR],
  ])('is known to the second after one answer, and better after more, on a device that is %s', async (_, off) => {
    setDevice(off);
    const lockin = lockinOf(api, ana);
    await ask(lockin);
    expect(error(lockin)).toBeLessThan(1000);
    for (let more = 0; more < 15; more++) await Promise.all([ask(lockin), after(70)]);
    expect(error(lockin)).toBeLessThan(250);
  });

  it('places what happened earlier by the clock of the device', async () => {
    setDevice(7 * HOUR);
    const lockin = lockinOf(api, ana);
    const [happened, really] = [Date.now(), truth()];
    await ask(lockin);
    expect(Math.abs(lockin.clock.toServer(happened) - really)).toBeLessThan(1000);
  });

  it("is found again when somebody sets the device's clock", async () => {
    setDevice(0);
    const lockin = lockinOf(api, ana);
    await ask(lockin);
    setDevice(-5 * HOUR);
    await ask(lockin);
    expect(error(lockin)).toBeLessThan(1000);
  });
});
