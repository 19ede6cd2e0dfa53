import type pg from 'pg';
import { transitions } from '../model/calendar.js';

const FROM = Date.UTC(2000, 0, 1);
const TO = Date.UTC(2030, 0, 1);

/** Compares offsets at both ends of every interval between two clock changes, and every 20 days. */
const DIFFERING_ZONES = `
  WITH intervals AS (
    SELECT z.name, to_timestamp(s.at / 1000.0) AS starts, s.offset,
           coalesce(lead(to_timestamp(s.at / 1000.0)) OVER (PARTITION BY z.name ORDER BY s.at), to_timestamp($2 / 1000.0)) AS ends
      FROM json_to_recordset($1) AS z (name text, changes json),
           json_to_recordset(z.changes) AS s (at double precision, "offset" double precision)
  )
  SELECT DISTINCT name FROM intervals,
    LATERAL (SELECT generate_series(starts, ends - interval '1 ms', '20 days') AS at UNION ALL SELECT ends - interval '1 ms') checked
   WHERE extract(epoch FROM (checked.at AT TIME ZONE name) - (checked.at AT TIME ZONE 'UTC')) * 1000 <> "offset"
   ORDER BY name`;

/** The zones that groups may have and whose clocks change at the same instants in Node and in PostgreSQL. */
export async function commonZones(client: pg.ClientBase): Promise<{ common: string[]; excluded: string[] }> {
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
  const { rows: differences } = await client.query<{ name: string }>(DIFFERING_ZONES, [JSON.stringify(known), TO]);
  const differing = new Set(differences.map(({ name }) => name));
  const common = known.map(({ name }) => name).filter((name) => !differing.has(name));
  return { common, excluded: names.filter((name) => !common.includes(name)) };
}
