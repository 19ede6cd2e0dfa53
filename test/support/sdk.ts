import { type components, type ListPath, type ListQuery, type LockInClient, paginate, ProblemError } from '@lockin/sdk';
import type { ProblemCode, Result, ListItem } from '@lockin/sdk';

/** What the contract says of something: `Schema<'Group'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

interface Thing {
  id: string;
}

interface Membership extends Thing {
  userId: string;
}

/** Which thing an operation is on, and what is sent: `ana.api.POST('/api/groups/{id}:invite', on(group, { … }))`. */
export function on<Path>(path: Path): { params: { path: Path } };
export function on<Path, const Body>(path: Path, body: Body): { params: { path: Path }; body: Body };
export function on(path: unknown, body?: unknown): unknown {
  return { params: { path }, body };
}

/** Somebody in a group, or in a session. */
export function onMember(of: Thing, user: Thing): { params: { path: Membership } };
export function onMember<const Body>(of: Thing, user: Thing, body: Body): { params: { path: Membership }; body: Body };
export function onMember({ id }: Thing, user: Thing, body?: unknown): unknown {
  return on({ id, userId: user.id }, body);
}

/** What a list is narrowed by. */
export const where = <const Query>(query: Query): { params: { query: Query } } => ({ params: { query } });

/** What is answered to a call that succeeds; a 201 is `created`. */
export const done = <T>(call: Promise<Result<T>>): Promise<T> => dataOf(call, [200, 204]);

export const created = <T>(call: Promise<Result<T>>): Promise<T> => dataOf(call, [201]);

/** Throws what the SDK throws, but also for another success than expected. */
async function dataOf<T>(call: Promise<Result<T>>, statuses: number[]): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw new ProblemError(response, error);
  if (!statuses.includes(response.status)) throw new Error(`expected ${statuses.join(', ')}, got ${response.status}`);
  return data as T;
}

/** The refusal of a call. Which status goes with its code the contract says, which every answer is held against. */
export async function refused(call: Promise<Result<unknown>>, code: ProblemCode): Promise<ProblemError> {
  const { error, response } = await call;
  if (response.ok) throw new Error(`expected ${code}, got ${response.status}`);
  const problem = new ProblemError(response, error);
  if (problem.code !== code) throw problem;
  return problem;
}

type Went = Result<unknown> | Promise<Result<unknown>>;

/** How a call went, in a word: `200`, or `409 group_archived`. */
export async function outcome(call: Went): Promise<string> {
  const { error, response } = await call;
  return response.ok ? `${response.status}` : `${response.status} ${new ProblemError(response, error).code}`;
}

/** How many of some calls went how. */
export async function outcomes(calls: Went[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const went of await Promise.all(calls.map(outcome))) counts[went] = (counts[went] ?? 0) + 1;
  return counts;
}

/** Every row of a list, page after page. */
export async function all<Path extends ListPath>(
  { lockin }: { lockin: LockInClient },
  path: Path,
  query?: ListQuery<Path>,
): Promise<ListItem<Path>[]> {
  const rows: ListItem<Path>[] = [];
  for await (const row of paginate(lockin, path, query)) rows.push(row);
  return rows;
}
