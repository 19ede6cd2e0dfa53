import type { FastifyRequest } from 'fastify';

const routes = new Map<string, string>();

/** The route as the contract writes it, such as `/api/groups/{id}:clone`; `none` for an unknown path. */
export function routeOf({ routeOptions: { url = 'none' } }: FastifyRequest): string {
  let route = routes.get(url);
  if (route === undefined) routes.set(url, (route = asInContract(url)));
  return route;
}

/** `/api/groups/:id(^[^:]+)::clone` is `/api/groups/{id}:clone`. */
function asInContract(url: string): string {
  return url.replace(/(?<!:):(\w+)(\([^)]*\))?/g, '{$1}').replace('::', ':');
}
