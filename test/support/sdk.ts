import { type components, type ListPath, type ListQuery, type LockInClient, paginate, ProblemError } from '@lockin/sdk';
import type { ListItem, ProblemCode, Result } from '@lockin/sdk';

/** A schema of the contract by name: `Schema<'Group'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

interface Resource {
  id: string;
}

interface Membership extends Resource {
  userId: string;
}

/** The path parameters and the body of a call: `ana.api.POST('/api/groups/{id}:invite', on(group, { … }))`. */
export function on<Path>(path: Path): { params: { path: Path } };
export function on<Path, const Body>(path: Path, body: Body): { params: { path: Path }; body: Body };
export function on(path: unknown, body?: unknown): unknown {
  return { params: { path }, body };
}

/** The same for a member of a group, or a participant of a session. */
export function onMember(of: Resource, user: Resource): { params: { path: Membership } };
export function onMember<const Body>(
  of: Resource,
  user: Resource,
  body: Body,
): { params: { path: Membership }; body: Body };
export function onMember({ id }: Resource, user: Resource, body?: unknown): unknown {
  return on({ id, userId: user.id }, body);
}

/** The query parameters of a call. */
export const where = <const Query>(query: Query): { params: { query: Query } } => ({ params: { query } });

/** The data of a call with the status 200 or 204. Throws for any other status. */
export const done = <T>(call: Promise<Result<T>>): Promise<T> => dataOf(call, [200, 204]);

/** The data of a call with the status 201. Throws for any other status. */
export const created = <T>(call: Promise<Result<T>>): Promise<T> => dataOf(call, [201]);

/** Like the SDK's `unwrap`, and throws also for another 2xx status than the expected ones. */
async function dataOf<T>(call: Promise<Result<T>>, statuses: number[]): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw new ProblemError(response, error);
  if (!statuses.includes(response.status)) throw new Error(`expected ${statuses.join(', ')}, got ${response.status}`);
  return data as T;
}

/** The problem of a call that must fail with the code. Its status is checked against the contract elsewhere. */
export async function refused(call: Promise<Result<unknown>>, code: ProblemCode): Promise<ProblemError> {
  const { error, response } = await call;
  if (response.ok) throw new Error(`expected ${code}, got ${response.status}`);
  const problem = new ProblemError(response, error);
  if (problem.code !== code) throw problem;
  return problem;
}

type Call = Result<unknown> | Promise<Result<unknown>>;

/** The result of a call as text: `200`, or `409 group_archived`. */
export async function outcome(call: Call): Promise<string> {
  const { error, response } = await call;
  return response.ok ? `${response.status}` : `${response.status} ${new ProblemError(response, error).code}`;
}

/** How many calls had each result. */
export async function outcomes(calls: Call[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const result of await Promise.all(calls.map(outcome))) counts[result] = (counts[result] ?? 0) + 1;
  return counts;
}

/** All items of a list, over all its pages. */
export async function all<Path extends ListPath>(
  { lockin }: { lockin: LockInClient },
  path: Path,
  query?: ListQuery<Path>,
): Promise<ListItem<Path>[]> {
  const items: ListItem<Path>[] = [];
  for await (const item of paginate(lockin, path, query)) items.push(item);
  return items;
}
