import type { LockInClient } from './client.js';
import { type Result, unwrap } from './errors.js';
import type { paths } from './schema.js';

/** The paths of the paginated lists: those whose GET takes a cursor. */
export type ListPath = {
  [Path in keyof paths]: paths[Path] extends { get: { parameters: { query?: { cursor_id?: string } } } } ? Path : never;
}[keyof paths];

type Get<Path extends ListPath> = paths[Path]['get'];

/** The query parameters of a list, without the cursor. `limit` is the size of a page: 1 to 100, 20 by default. */
export type ListQuery<Path extends ListPath> = Omit<
  NonNullable<Get<Path>['parameters']['query']>,
  'cursor_created_at' | 'cursor_id'
>;

/** The type of a list's items: `ListItem<'/api/groups'>` is `Group`. */
export type ListItem<Path extends ListPath> =
  Get<Path> extends { responses: { 200: { content: { 'application/json': (infer Item)[] } } } } ? Item : never;

/** `api.GET` with the types of one list; its own signature does not accept a generic path. */
type GetPage<Path extends ListPath> = (
  path: Path,
  init: { signal?: AbortSignal; params?: { query?: ListQuery<Path> }; querySerializer?: () => string },
) => Promise<Result<ListItem<Path>[]>>;

/**
 * Iterates over the items of a list, newest first, and requests the next page only when it is needed. Each item is
 * returned once, also if others are created meanwhile. Throws a `ProblemError` if the API refuses a page.
 *
 * @example
 * ```ts
 * import { paginate } from '@lockin/sdk';
 * import { lockin } from './lockin';
 *
 * for await (const group of paginate(lockin, '/api/groups', { status: 'active' })) console.log(group.name);
 * ```
 */
export async function* paginate<Path extends ListPath>(
  lockin: LockInClient,
  path: Path,
  query?: ListQuery<Path>,
): AsyncGenerator<ListItem<Path>, void, undefined> {
  let next: string | undefined;
  do {
    const page = await fetchPage(lockin, path, { query, next });
    yield* page.items;
    next = page.next;
  } while (next !== undefined);
}

/** One page of a list. `next` is undefined on the last one. */
export interface ListPage<Item> {
  items: Item[];
  next: string | undefined;
}

/** Requests the first page, or the one that `next` of the page before it names. */
export async function fetchPage<Path extends ListPath>(
  { api }: LockInClient,
  path: Path,
  { query, next, signal }: { query: ListQuery<Path> | undefined; next: string | undefined; signal?: AbortSignal },
): Promise<ListPage<ListItem<Path>>> {
  const get = api.GET as GetPage<Path>;
  const result = get(path, {
    signal,
    ...(next === undefined ? { params: { query } } : { querySerializer: () => next }),
  });
  return { items: await unwrap(result), next: nextQuery((await result).response) };
}

/** The query of the link to the next page. The link's origin is not used, because behind a proxy it may be wrong. */
function nextQuery(response: Response): string | undefined {
  return /<[^>]*\?([^>]*)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
}
