import { type HttpHandler, HttpResponse, http } from 'msw';
import { EXAMPLES } from './examples.js';

/** A successful response of an operation. */
export interface Example {
  method: 'get' | 'post' | 'patch' | 'delete';
  path: string;
  status: number;
  /** The content type. Undefined if the response has no body. */
  type?: string;
  body?: unknown;
}

/**
 * Returns handlers of Mock Service Worker that respond to every operation with the example of the contract, for an app's
 * tests. `baseUrl` is that of the client. A handler of your own replaces one of them: `server.use(http.get(...))`.
 *
 * @example
 * ```ts
 * import { handlers } from '@lockin/sdk/msw';
 * import { setupServer } from 'msw/node';
 *
 * const server = setupServer(...handlers('https://api.lockin.example'));
 * server.listen({ onUnhandledRequest: 'error' });
 * ```
 */
export function handlers(baseUrl: string): HttpHandler[] {
  return [...EXAMPLES, HEALTH].map(({ method, path, status, type, body }) =>
    http[method](urlOf(baseUrl, path), () => {
      const text = type === 'application/json' ? JSON.stringify(body) : ((body ?? null) as string | null);
      // The client learns the server's clock from `Date`.
      const date = new Date().toUTCString();
      return new HttpResponse(text, {
        status,
        headers: type === undefined ? { date } : { date, 'content-type': type },
      });
    }),
  );
}

/** The offline queue requests it for its `Date`. */
const HEALTH: Example = {
  method: 'get',
  path: '/health/live',
  status: 200,
  type: 'application/json',
  body: { status: 'ok', info: {}, error: {}, details: {} },
};

/** A regular expression, because MSW takes a colon in a path for a parameter. */
function urlOf(baseUrl: string, path: string): RegExp {
  const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const parts = path.split(/\{\w+\}/).map(escape);
  return new RegExp(`^${escape(baseUrl.replace(/\/$/, ''))}${parts.join('[^/:]+')}$`);
}
