import { createLockInClient, type LockInClient, type LockInClientOptions } from '@lockin/sdk';
import type { Api, Person } from '../../support/api.js';

/** A client of the SDK that is signed in as the person. */
export function createTestClient(
  api: Pick<Api, 'url'>,
  person: Pick<Person, 'token'>,
  options: Partial<LockInClientOptions> = {},
): LockInClient {
  return createLockInClient({ baseUrl: api.url, token: () => person.token, ...options });
}
