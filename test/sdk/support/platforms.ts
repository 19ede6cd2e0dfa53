import type { Fetch } from '@lockin/sdk';

/** Behaves like React Native's own fetch: a response has no `body`, and arrives when it is complete. */
export const reactNativeFetch: Fetch = async (url, init) => {
  const response = await fetch(url, init);
  const text = await response.text();
  const { status, headers, ok } = response;
  return { status, headers, ok, text: async () => text } as Response;
};

/** Behaves like expo/fetch: it supports streams, but `text()` is empty once `body` was read. */
export const expoFetch: Fetch = async (url, init) => {
  const response = await fetch(url, init);
  const { status, headers, ok } = response;
  let isBodyRead = false;
  const result = {
    ...{ status, headers, ok },
    get body() {
      isBodyRead = true;
      return response.body;
    },
    text: async () => (isBodyRead ? '' : await response.text()),
  };
  return result as Response;
};
