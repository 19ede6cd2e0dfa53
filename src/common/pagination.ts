import type { FastifyReply } from 'fastify';
import { Instant, Uuid, Whole } from './fields.js';
import type { Json } from './json.js';

/** Query of every list: a page begins after the row that the cursor names (specification 1, Lists). */
export class PageQuery {
  @Whole(1, 100, { query: true, optional: true, default: 20 })
  limit: number = 20;

  @Instant({ query: true, optional: true, requires: 'cursor_id' })
  cursor_created_at?: string;

  @Uuid({ query: true, optional: true, requires: 'cursor_created_at' })
  cursor_id?: string;
}

/** A page as SQL writes it: its rows as one JSON array, and the cursor of the next page if there is one. */
export interface Page<T> {
  body: Json<T[]>;
  next_created_at: string | null;
  next_id: string | null;
}

/** The rows of a page; sets `Link` to the next page with the same filters. */
export function sendPage<T>(reply: FastifyReply, page: Page<T>): Json<T[]> {
  if (page.next_id !== null && page.next_created_at !== null) {
    const [path = '', query] = reply.request.url.split('?', 2);
    const next = new URLSearchParams(query);
    next.set('cursor_created_at', page.next_created_at);
    next.set('cursor_id', page.next_id);
    void reply.header('link', `<${path}?${next.toString()}>; rel="next"`);
  }
  return page.body;
}
