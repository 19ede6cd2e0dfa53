import type { Fetch } from './attempt.js';

/**
 * Notices from the first answer that has a body whether the platform hands bodies out as they come. React Native's own
 * fetch does not: there the answer of a stream arrives when the stream has ended, so it must not be asked for.
 */
export function noticingStreams(fetch: Fetch): { fetch: Fetch; canStream: () => boolean | undefined } {
  let canStream: boolean | undefined;
  return {
    canStream: () => canStream,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      const { body } = response as { body?: Partial<ReadableStream> | null };
      if (body !== null) canStream = typeof body?.getReader === 'function' && typeof TextDecoder === 'function';
      return response;
    },
  };
}
