/**
 * Signs in to the local stack, which `npm start` of the API's repository runs on 127.0.0.1. The iOS simulator and a
 * browser reach it there, an Android device after `adb reverse tcp:3000 tcp:3000`. For a phone in the network start it with
 * HOST=0.0.0.0, and write the address that it prints here. On phones add `fetch` of expo/fetch to the options, so that races
 * are streamed and not polled.
 */
import { createLockInClient } from '@lockin/sdk';

const baseUrl = 'http://127.0.0.1:3000';
let current: Promise<string> | undefined;

/** The demo users all have the same password. */
async function fetchToken(username: string): Promise<string> {
  const form = new URLSearchParams({ grant_type: 'password', username, password: 'lockin-demo' });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const response = await fetch(`${baseUrl}/local/token`, { method: 'POST', headers, body: form.toString() });
  if (!response.ok) throw new Error(`The local stack refused ${username}.`);
  return ((await response.json()) as { access_token: string }).access_token;
}

export const lockin = createLockInClient({
  baseUrl,
  token: async ({ refresh }) => {
    if (refresh) current = undefined;
    const token = (current ??= fetchToken('ana@lockin.example'));
    token.catch(() => (current = undefined));
    return await token;
  },
});
