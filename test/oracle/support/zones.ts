import type pg from 'pg';
import { transitions } from '../model/calendar.js';

const FROM = Date.UTC(2000, 0, 1);
const TO = Date.UTC(2030, 0, 1);

/** Offsets at both ends of every stretch between two clock changes, and every 20 days. */
const strangers = `
  WITH stretches AS (
    SELECT z.name, to_timestamp(s.at / 1000.0) AS starts, s.offset,
           coalesce(lead(to_timestamp(s.at / 1000.0)) OVER (PARTITION BY z.name ORDER BY s.at), to_timestamp($2 / 1000.0)) AS ends
      FROM json_to_recordset($1) AS z (name text, changes json),
           json_to_recordset(z.changes) AS s (at double precision, "offset" double precision)
  )
  SELECT DISTINCT name FROM stretches,
    LATERAL (SELECT generate_series(starts, ends - interval '1 ms', '20 days') AS at UNION ALL SELECT ends - interval '1 ms') seen
   WHERE extract(epoch FROM (seen.at AT TIME ZONE name) - (seen.at AT TIME ZONE 'UTC')) * 1000 <> "offset"
   ORDER BY name`;

/** The zones that groups may have and whose clocks change at the same instants in Node and in PostgreSQL. */
export async function agreedZones(client: pg.ClientBase): Promise<{ agreed: string[]; leftOut: string[] }> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM pg_timezone_names WHERE name = 'UTC' OR name LIKE '%/%' AND name !~ '^(posix|right)/' ORDER BY name`,
  );
  const names = rows.map(({ name }) => name);
  const known = names.flatMap((name) => {
    try {
      return [{ name, changes: transitions(name, FROM, TO) }];
    } catch {
      return [];
    }
  });
  const { rows: differing } = await client.query<{ name: string }>(strangers, [JSON.stringify(known), TO]);
  const left = new Set(differing.map(({ name }) => name));
  const agreed = known.map(({ name }) => name).filter((name) => !left.has(name));
  return { agreed, leftOut: names.filter((name) => !agreed.includes(name)) };
}
