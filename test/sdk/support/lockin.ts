import { createLockIn, type LockIn, type LockInOptions } from '@lockin/sdk';
import type { Api, Person } from '../../support/api.js';

/** The SDK in somebody's hands. */
export function lockinOf(
  api: Pick<Api, 'url'>,
  person: Pick<Person, 'token'>,
  options: Partial<LockInOptions> = {},
): LockIn {
  return createLockIn({ baseUrl: api.url, token: () => person.token, ...options });
}
