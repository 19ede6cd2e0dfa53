/**
 * A statement that returns a `Page<T>`, newest first: `shape` is the JSON of a row `r`, `rows` selects the rows.
 * The first parameters are $1 the user, $2 the limit, $3 and $4 the cursor. `rows` ends with `${newestFirst}`, and
 * `${beforeCursor}` in its WHERE limits it to one range of an index on (created_at, id).
 * The aggregate reads the rows in the order of the window function; ORDER BY inside it would sort the JSON again.
 */
export function page(shape: string, rows: string): string {
  return `
    SELECT coalesce(json_agg(p.row) FILTER (WHERE p.nth <= $2), '[]')::text AS body,
           CASE WHEN count(*) > $2 THEN rfc3339(max(p.created_at) FILTER (WHERE p.nth = $2)) END AS next_created_at,
           CASE WHEN count(*) > $2 THEN max(p.id::text) FILTER (WHERE p.nth = $2) END AS next_id
      FROM (SELECT ${shape} AS row, r.created_at, r.id,
                   row_number() OVER (ORDER BY r.created_at DESC, r.id DESC) AS nth
              FROM (${rows}) r) p`;
}

export const beforeCursor = (createdAt: string, id: string): string =>
  `(${createdAt}, ${id}) < (coalesce($3::timestamptz, 'infinity'), coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))`;

/** One row more than the limit shows whether there is a next page. */
export const newestFirst = (createdAt: string, id: string): string =>
  `ORDER BY ${createdAt} DESC, ${id} DESC LIMIT $2::integer + 1`;
