import type { LockIn } from './client.js';
import { type Result, unwrap } from './problem.js';
import type { paths } from './schema.js';

/** A list that comes in pages takes a cursor. */
export type ListPath = {
  [Path in keyof paths]: paths[Path] extends { get: { parameters: { query?: { cursor_id?: string } } } } ? Path : never;
}[keyof paths];

type Get<Path extends ListPath> = paths[Path]['get'];

/** What the list may be narrowed by. Where it goes on is not asked for. */
export type ListQuery<Path extends ListPath> = Omit<
  NonNullable<Get<Path>['parameters']['query']>,
  'cursor_created_at' | 'cursor_id'
>;

export type Row<Path extends ListPath> =
  Get<Path> extends { responses: { 200: { content: { 'application/json': (infer Each)[] } } } } ? Each : never;

/** The client's GET, for any one list: its own types want to know which. */
type GetPage<Path extends ListPath> = (
  path: Path,
  init: { params: { query?: ListQuery<Path> } } | { querySerializer: () => string },
) => Promise<Result<Row<Path>[]>>;

/** Every row of a list, however many pages it has: `for await (const group of pages(lockin, '/api/groups'))`. */
export async function* pages<Path extends ListPath>(
  { api }: LockIn,
  path: Path,
  query?: ListQuery<Path>,
): AsyncGenerator<Row<Path>, void, undefined> {
  const get = api.GET as GetPage<Path>;
  let page = get(path, { params: { query } });
  for (;;) {
    yield* await unwrap(page);
    const next = nextQuery((await page).response);
    if (next === undefined) return;
    page = get(path, { querySerializer: () => next });
  }
}

/** The query alone: behind a proxy the server does not know the rest of its own address. */
function nextQuery(response: Response): string | undefined {
  return /<[^>]*\?([^>]*)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
}
