import type { Fetch } from '../http/fetch-with-timeout.js';

/**
 * Detects from the first response whether the platform supports streamed bodies. React Native's own `fetch` does not:
 * it returns a response only after the stream has ended, so a stream must not be requested there.
 */
export function detectStreaming(fetch: Fetch): { fetch: Fetch; canStream: () => boolean | undefined } {
  let canStream: boolean | undefined;
  return {
    canStream: () => canStream,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      // Does not read `body`: after that, `response.text()` of expo/fetch no longer works.
      canStream = 'body' in response && typeof TextDecoder === 'function';
      return response;
    },
  };
}
