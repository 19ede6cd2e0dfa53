import { afterEach, beforeEach, jest } from '@jest/globals';
import type { LockInClient, OfflineQueue, SessionDetail, TimeLog } from '@lockin/sdk';
import { type Person, useApi } from '../../support/api.js';
import { bodyOf } from '../../support/request.js';
import { Phone } from './phone.js';
import { until } from './until.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** The offline queue on Ana's phone, against the real API. Each test has another Ana, and a phone that is online. */
export class QueueSetup {
  ana: Person;
  phone: Phone;
  lockin: LockInClient;
  queue: OfflineQueue;
  readonly api = useApi();

  constructor() {
    beforeEach(async () => {
      // The API runs in this process: a test that sets the device's clock ahead must not expire the token.
      this.ana = await this.api.person('Ana', { exp: Math.floor(Date.now() / 1000) + 86_400 });
      this.phone = new Phone(this.api, this.ana);
      this.openApp();
    });
    afterEach(() => {
      this.phone.close();
      jest.restoreAllMocks();
    });
  }

  /** Starts the app, again if it is running. */
  openApp(): void {
    ({ lockin: this.lockin, queue: this.queue } = this.phone.open());
  }

  /** Waits until the queue has no pending entries. */
  emptied(): Promise<void> {
    return until(() => this.queue.pending.length === 0);
  }

  /** The session as the API has it, by the server's id or a local one. */
  session(id: string): Promise<SessionDetail> {
    return bodyOf<SessionDetail>(this.ana.get(`/api/sessions/${this.queue.serverIdOf(id) ?? id}`).expect(200));
  }

  logs(id: string): Promise<TimeLog[]> {
    return bodyOf<TimeLog[]>(this.ana.get(`/api/sessions/${id}/logs`).expect(200));
  }
}

/** Sets the device's clock: `Date.now` is shifted by `offsetMs` from the real time until the test ends. */
export function shiftDeviceClock(offsetMs: number): void {
  const now = Date.now;
  jest.spyOn(Date, 'now').mockImplementation(() => now() + offsetMs);
}
