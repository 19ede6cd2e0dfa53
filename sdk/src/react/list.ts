import { type InfiniteData, useInfiniteQuery, type UseInfiniteQueryResult } from '@tanstack/react-query';
import type { LockInClient } from '../client.js';
import { fetchPage, type ListItem, type ListPage, type ListPath, type ListQuery } from '../pagination.js';

/** Options of `useList`, as in TanStack Query. */
export interface ListOptions {
  /** False while the query is not to be sent. */
  enabled?: boolean;
  /** How long the items are fresh, in milliseconds. */
  staleTime?: number;
  /** The interval between two refetches, in milliseconds. */
  refetchInterval?: number;
}

/** The result of `useList`. What is not described here is as in TanStack Query's `useInfiniteQuery`. */
export interface ListResult<Item> extends Pick<
  UseInfiniteQueryResult<Item[]>,
  'error' | 'fetchNextPage' | 'hasNextPage' | 'isFetchingNextPage' | 'isPending' | 'isRefetching' | 'refetch'
> {
  /** The items of all pages that were requested, newest first. Empty until the first response. */
  readonly items: readonly Item[];
}

const NONE: readonly never[] = [];

/** All pages in one array; TanStack Query calls it again only when the pages change. */
const itemsOf = <Item>({ pages }: InfiniteData<ListPage<Item>>): Item[] => pages.flatMap(({ items }) => items);

export function useList<Path extends ListPath>(
  lockin: LockInClient,
  path: Path,
  query?: ListQuery<Path>,
  options?: ListOptions,
): ListResult<ListItem<Path>> {
  const { data, ...result } = useInfiniteQuery({
    // The last element keeps the pages apart from the array that `useQuery` stores for the same request.
    queryKey: ['get', path, { params: { query } }, 'pages'],
    queryFn: ({ pageParam, signal }) => fetchPage(lockin, path, { query, next: pageParam, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    select: itemsOf<ListItem<Path>>,
    retry: false,
    ...options,
  });
  return { ...result, items: data ?? NONE };
}
