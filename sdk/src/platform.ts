import type { Fetch } from './attempt.js';

/**
 * Notices from the first answer whether the platform hands bodies out as they come. React Native's own fetch does not:
 * there the answer of a stream arrives when the stream has ended, so it must not be asked for.
 */
export function noticingStreams(fetch: Fetch): { fetch: Fetch; canStream: () => boolean | undefined } {
  let canStream: boolean | undefined;
  return {
    canStream: () => canStream,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      // Without touching it: once looked at, expo/fetch gives the body as a stream and no longer as text.
      canStream = 'body' in response && typeof TextDecoder === 'function';
      return response;
    },
  };
}
