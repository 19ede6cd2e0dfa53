import type { FastifyReply } from 'fastify';
import { Instant, Uuid, Whole } from './fields.js';
import type { Json } from './json.js';

/** Query of every list: the next page begins after the row that the cursor names (specification 1, Lists). */
export class PageQuery {
  @Whole(1, 100, { query: true, optional: true, default: 20, description: 'How many to answer at most.' })
  limit: number = 20;

  @Instant({
    query: true,
    optional: true,
    description: '`created_at` of the last row seen; goes with `cursor_id`.',
    together: 'cursor_id',
  })
  cursor_created_at?: string;

  @Uuid({
    query: true,
    optional: true,
    description: '`id` of the last row seen; goes with `cursor_created_at`.',
    together: 'cursor_created_at',
  })
  cursor_id?: string;
}

/** One page as SQL writes it: its rows as one JSON array, and the last of them if there are more. */
export interface Page<T> {
  body: Json<T[]>;
  next_created_at: string | null;
  next_id: string | null;
}

/** Answers a page: its rows, and in `Link` where the next ones are, under the same filters. */
export function answerPage<T>(reply: FastifyReply, page: Page<T>): Json<T[]> {
  if (page.next_id !== null && page.next_created_at !== null) {
    const [path = '', query] = reply.request.url.split('?', 2);
    const next = new URLSearchParams(query);
    next.set('cursor_created_at', page.next_created_at);
    next.set('cursor_id', page.next_id);
    void reply.header('link', `<${path}?${next.toString()}>; rel="next"`);
  }
  return page.body;
}
