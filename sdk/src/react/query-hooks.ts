import { useQueryClient } from '@tanstack/react-query';
import createClient, { type Client } from 'openapi-fetch';
import createQueryHooks, { type OpenapiQueryClient } from 'openapi-react-query';
import type { LockInClient } from '../client.js';
import { defaultExport } from '../default-export.js';
import { readProblem } from '../errors.js';
import type { paths } from '../schema.js';
import { invalidate, type Mutation } from './stale-queries.js';

/** The contract as the hooks see it: each operation fails with an `Error`, a `ProblemError` if the API responded. */
export type HookPaths = {
  [Path in keyof paths]: { [Method in keyof paths[Path]]: WithError<paths[Path][Method]> };
};

type WithError<Operation> = Operation extends { responses: infer Responses }
  ? Omit<Operation, 'responses'> & {
      responses: Pick<Responses, keyof Responses & (200 | 201 | 204)> & {
        default: { content: { 'application/json': Error } };
      };
    }
  : Operation;

/** A client whose calls reject when the status is not 2xx, so that no hook takes an empty error for success. */
function createThrowingApi(lockin: LockInClient): Client<HookPaths> {
  const api = defaultExport(createClient)<HookPaths>({
    baseUrl: lockin.baseUrl,
    fetch: (request) => lockin.fetch(request),
  });
  api.use({
    onResponse: async ({ response }) => {
      if (!response.ok) throw await readProblem(response);
    },
  });
  return api;
}

/** TanStack Query's hooks. Only the client retries, because retries of both would multiply. */
export function createApiHooks(lockin: LockInClient): OpenapiQueryClient<HookPaths> {
  const hooks = defaultExport(createQueryHooks)(createThrowingApi(lockin));

  return {
    queryOptions: withoutRetries(hooks.queryOptions),
    useQuery: withoutRetries(hooks.useQuery),
    useSuspenseQuery: withoutRetries(hooks.useSuspenseQuery),
    useInfiniteQuery: withoutRetries(hooks.useInfiniteQuery),
    useMutation: (method, path, options, queryClient) => {
      const client = useQueryClient(queryClient);
      const onSuccess: NonNullable<typeof options>['onSuccess'] = (...args) => {
        void invalidate(client, `${method} ${path}` as Mutation);
        return options?.onSuccess?.(...args);
      };
      return hooks.useMutation(method, path, { retry: false, ...options, onSuccess }, queryClient);
    },
  };
}

/** The fourth parameter of each query hook is its options. */
function withoutRetries<Hook>(hook: Hook): Hook {
  const call = hook as (...args: unknown[]) => unknown;
  return ((method: unknown, path: unknown, init: unknown, options?: object, queryClient?: unknown) =>
    call(method, path, init, { retry: false, ...options }, queryClient)) as Hook;
}
