import type { Fetch } from '@lockin/sdk';

/** React Native's own: an answer has no body, and comes when it has ended. */
export const reactNativeFetch: Fetch = async (url, init) => {
  const response = await fetch(url, init);
  const text = await response.text();
  const { status, headers, ok } = response;
  return { status, headers, ok, text: async () => text } as Response;
};

/** Expo's: it streams, but a body that was looked at can be read as a stream only. */
export const expoFetch: Fetch = async (url, init) => {
  const response = await fetch(url, init);
  const { status, headers, ok } = response;
  let isLookedAt = false;
  const answer = {
    ...{ status, headers, ok },
    get body() {
      isLookedAt = true;
      return response.body;
    },
    text: async () => (isLookedAt ? '' : await response.text()),
  };
  return answer as Response;
};
