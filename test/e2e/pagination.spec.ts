import { beforeAll, describe, expect, it } from '@jest/globals';
import { createLockInClient, type Fetch, type ListPath, paginate } from '@lockin/sdk';
import fc from 'fast-check';
import { type Person, useApi } from '../support/api.js';
import { bodyOf, checkedFetch, problem, type ProblemBody } from '../support/request.js';
import { createGroup, createSession } from '../support/factories.js';
import { all } from '../support/sdk.js';

interface Row {
  id: string;
  created_at: string;
}

const api = useApi();
let ana: Person;

beforeAll(async () => {
  ana = await api.person('Ana');
});

/** The path in a Link header with rel="next", if any. */
function next(link: string | null | undefined): string | undefined {
  if (!link) return undefined;
  const path = /^<([^>]+)>; rel="next"$/.exec(link)?.[1];
  if (path === undefined) throw new Error(`not a link to the next page: ${link}`);
  return path;
}

/** Reads all pages with the SDK, runs `between` after each, and returns the rows of every page. */
async function walk(
  { token }: Person,
  path: ListPath,
  query: { limit?: number } = {},
  between: (page: number) => Promise<void> = async () => {},
): Promise<Row[][]> {
  const held: Row[][] = [];
  const fetch: Fetch = async (url, init) => {
    const response = await checkedFetch(url, init);
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
    next(response.headers.get('link'));
    held.push((await response.clone().json()) as Row[]);
    if (held.length > 100) throw new Error('it never ends');
    await between(held.length);
    return response;
  };
  const rows: Row[] = [];
  const lockin = createLockInClient({ baseUrl: api.url, token: () => token, maxRetries: 0, fetch });
  for await (const row of paginate(lockin, path, query)) rows.push(row);
  expect(rows).toEqual(held.flat());
  return held;
}

const newestFirst = (a: Row, b: Row): number =>
  a.created_at === b.created_at ? (a.id < b.id ? 1 : -1) : a.created_at < b.created_at ? 1 : -1;

/** Each list with a function that inserts a row at an instant, and a filter that matches all these rows. */
const lists = {
  notifications: {
    path: '/api/notifications' as const,
    filter: { unread: true },
    insert: (person: Person, at: string) =>
      api.database.query(
        `INSERT INTO notifications (recipient_id, kind, title, body, created_at) VALUES ($1, 'generic', 't', 'b', $2)`,
        [person.id, at],
      ),
  },
  groups: {
    path: '/api/groups' as const,
    filter: { status: 'active' },
    insert: (person: Person, at: string) =>
      api.database.query(`SELECT create_group($1, 'g', '', $2, '2090-01-01', 'UTC', 'daily', 60, $2)`, [person.id, at]),
  },
  sessions: {
    path: '/api/sessions' as const,
    filter: { status: 'ended' },
    insert: (person: Person, at: string) =>
      api.database.query(
        `WITH s AS (INSERT INTO sessions (creator_id, status, ended_at, created_at) VALUES ($1, 'ended', $2, $2) RETURNING id)
         INSERT INTO session_participants (session_id, user_id, role) SELECT id, $1, 'host' FROM s`,
        [person.id, at],
      ),
  },
};

const BASE = Date.parse('2026-06-01T00:00:00.000Z');
const timeOf = (tick: number): string => new Date(BASE + tick).toISOString();

describe.each(Object.entries(lists))('The list of %s', (_, { path, filter, insert }) => {
  it('visits every row exactly once, also when rows share a timestamp or arrive meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 14 }),
        fc.array(fc.integer({ min: -1, max: 5 }), { maxLength: 3 }),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        async (ticks, arriving, limit, filtered) => {
          const person = await api.person('Reader');
          for (const tick of ticks) await insert(person, timeOf(tick));
          const there = (await all(person, path, { limit: 100 })).map(({ id }) => id);
          expect(there).toHaveLength(ticks.length);
          const query = { limit, ...(filtered && filter) };
          const pages = await walk(person, path, query, async (page) => {
            const tick = arriving[page - 1];
            if (tick !== undefined) await insert(person, timeOf(tick));
          });
          const rows = pages.flat();
          const ids = rows.map(({ id }) => id);
          expect(new Set(ids).size).toBe(ids.length);
          expect(ids).toEqual(expect.arrayContaining(there));
          expect(rows).toEqual([...rows].sort(newestFirst));
          for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('has pages of 20 by default, and a link to the next one while there is more', async () => {
    const person = await api.person('Reader');
    for (let tick = 0; tick < 41; tick++) await insert(person, timeOf(tick));
    const pages = await walk(person, path);
    expect(pages.map((page) => page.length)).toEqual([20, 20, 1]);
    expect((await walk(person, path, { limit: 41 })).map((page) => page.length)).toEqual([41]);
    expect((await walk(person, path, { limit: 40 })).map((page) => page.length)).toEqual([40, 1]);
  });

  it('keeps filter and limit in the link, whose cursor is the last row seen', async () => {
    const person = await api.person('Reader');
    for (let tick = 0; tick < 3; tick++) await insert(person, timeOf(tick));
    const query = Object.fromEntries(
      Object.entries({ ...filter, limit: 2 }).map(([name, value]) => [name, `${value}`]),
    );
    const { headers, body } = await person.get(`${path}?${new URLSearchParams(query)}`);
    const last = (body as Row[])[1];
    const link = new URL(next(headers['link']) ?? '', api.url);
    expect(link.pathname).toBe(path);
    expect(Object.fromEntries(link.searchParams)).toEqual({
      ...query,
      cursor_created_at: last?.created_at,
      cursor_id: last?.id,
    });
    expect(
      await bodyOf(person.get(`${path}?cursor_created_at=${last?.created_at}&cursor_id=${last?.id}`).expect(200)),
    ).toHaveLength(1);
  });

  it('is empty without rows, without a link', async () => {
    const person = await api.person('Reader');
    expect(await walk(person, path)).toEqual([[]]);
  });

  it.each([
    ['limit=0', '?limit'],
    ['limit=101', '?limit'],
    ['limit=-1', '?limit'],
    ['limit=1e1', '?limit'],
    ['limit=', '?limit'],
    ['limit=1&limit=2', '?limit'],
    ['offset=3', '?offset'],
    ['cursor_created_at=yesterday&cursor_id=0b5e8c1a-5d0f-4c8e-9a3b-6f2d1e7c4a10', '?cursor_created_at'],
    ['cursor_created_at=2026-01-01T00:00:00Z&cursor_id=7', '?cursor_id'],
    ['cursor_created_at=2026-01-01T00:00:00Z', '?cursor_created_at'],
    ['cursor_id=0b5e8c1a-5d0f-4c8e-9a3b-6f2d1e7c4a10', '?cursor_id'],
  ])('rejects %s', async (query, pointer) => {
    const { errors } = await bodyOf<ProblemBody>(ana.get(`${path}?${query}`).expect(problem(400, 'invalid_request')));
    expect(errors).toMatchObject([{ pointer }]);
  });
});

it('the sessions of a group are paginated like any list', async () => {
  const group = await createGroup(ana);
  const made: string[] = [];
  for (let i = 0; i < 5; i++) made.unshift((await createSession(ana, group)).id);
  const query = { group_id: group.id, limit: 2, status: 'scheduled' };
  const pages = await walk(ana, '/api/sessions', query);
  expect(pages.map((page) => page.map(({ id }) => id))).toEqual([made.slice(0, 2), made.slice(2, 4), made.slice(4)]);
});
