import { Migration } from '@mikro-orm/migrations';

/** The race live (SPEC 7): who is told of a change, what they are shown, and how many streams a person has. */
export class Migration20261122101300Live extends Migration {
  override name = '20261122101300_live';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

/** One trigger for each event that has a table of changed rows to look at. */
function onChange(table: string): string {
  const rows = { insert: 'NEW', update: 'NEW', delete: 'OLD' };
  const triggers = Object.entries(rows).map(
    ([event, side]) => `
CREATE TRIGGER ${table}_tell_${event} AFTER ${event.toUpperCase()} ON ${table}
  REFERENCING ${side} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_of_changed_rows();`,
  );
  return triggers.join('');
}

const up = String.raw`
-- Triggers: say on the channel group_changed whose race has changed (SPEC 7), in every process and only if the transaction
-- commits. Telling of a group twice in a transaction is telling once. Sessions and their participants need none: what
-- changes about them shows in their logs, or comes with the group's end.
CREATE FUNCTION tell_of_changed_rows() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('group_changed', c.group_id::text)
     FROM (SELECT DISTINCT group_id FROM changed WHERE group_id IS NOT NULL) c;
  RETURN NULL;
END $$;
${onChange('time_logs')}
${onChange('group_members')}

CREATE FUNCTION tell_of_changed_group() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('group_changed', NEW.id::text);
  RETURN NULL;
END $$;
CREATE TRIGGER groups_tell AFTER UPDATE ON groups FOR EACH ROW
  WHEN ((OLD.period_target_minutes, OLD.start_at, OLD.end_at, OLD.archived_at, OLD.timezone, OLD.period)
        IS DISTINCT FROM (NEW.period_target_minutes, NEW.start_at, NEW.end_at, NEW.archived_at, NEW.timezone, NEW.period))
  EXECUTE FUNCTION tell_of_changed_group();

CREATE FUNCTION tell_of_changed_profile() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('group_changed', m.group_id::text) FROM group_members m WHERE m.user_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER profiles_tell AFTER UPDATE ON profiles FOR EACH ROW
  WHEN ((OLD.display_name, OLD.avatar_url) IS DISTINCT FROM (NEW.display_name, NEW.avatar_url))
  EXECUTE FUNCTION tell_of_changed_profile();

-- The next moment at which the race changes though nobody does anything: the group begins, a period ends, a session
-- ends by itself, or a running member meets the goal; NULL if there is none. It only says when to look again, so somebody
-- who stops before is no matter.
CREATE FUNCTION race_changes_at(group_id uuid, at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  g groups;
  starts timestamptz;
  ends timestamptz;
BEGIN
  SELECT * INTO g FROM groups WHERE id = race_changes_at.group_id;
  SELECT * INTO starts, ends FROM group_period_at(g, at);
  RETURN (
    WITH running AS MATERIALIZED (
      SELECT l.user_id, l.started_at, s.expires_at
        FROM time_logs l
        JOIN session_participants p ON p.id = l.participant_id
        JOIN sessions s ON s.id = p.session_id
       WHERE l.group_id = g.id AND l.ended_at IS NULL AND session_status_at(s, at) = 'running'
    ), logs AS (
      SELECT r.user_id, r.started_at AS began, at AS ended FROM running r
      UNION ALL
      SELECT l.user_id, l.started_at, l.ended_at FROM time_logs l
       WHERE l.group_id = g.id AND l.ended_at > starts AND l.started_at < ends
         AND l.user_id IN (SELECT r.user_id FROM running r)
    ), done AS (
      SELECT l.user_id, range_agg(tstzrange(greatest(l.began, starts), least(l.ended, ends)))
                          FILTER (WHERE greatest(l.began, starts) < least(l.ended, ends)) AS spans
        FROM logs l GROUP BY l.user_id
    ), goals AS (
      SELECT greatest(at, starts) + make_interval(mins => coalesce(m.override_period_target_minutes, g.period_target_minutes))
             - coalesce((SELECT sum(upper(span) - lower(span)) FROM unnest(d.spans) span), interval '0') AS met_at
        FROM done d JOIN group_members m ON m.group_id = g.id AND m.user_id = d.user_id
    )
    SELECT min(change.moment)
      FROM (SELECT g.start_at UNION ALL SELECT ends
            UNION ALL SELECT r.expires_at FROM running r
            UNION ALL SELECT o.met_at FROM goals o) change (moment)
     WHERE change.moment > at);
END $$;

-- What everybody who watches a group is shown: the race as its owner sees it. members may see it; changes_in is when to
-- look again, in milliseconds as far as a timer reaches. All NULL if there is no such group.
CREATE FUNCTION live_race(group_id uuid, at timestamptz, OUT body text, OUT members uuid[], OUT changes_in integer)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  body := (SELECT r.body FROM groups g CROSS JOIN LATERAL race(g.owner_id, g.id, at) r WHERE g.id = live_race.group_id);
  members := (SELECT array_agg(m.user_id) FROM group_members m WHERE m.group_id = live_race.group_id);
  changes_in := least(ceil(extract(epoch FROM race_changes_at(live_race.group_id, at) - at) * 1000), 2147483647);
END $$;

-- The processes that serve streams, each of which says every few seconds that it is still there, and their streams. What
-- a process leaves behind that was killed does not count for long, and goes when another one comes by an hour later.
CREATE TABLE live_processes (
  id uuid PRIMARY KEY,
  seen_at timestamptz NOT NULL
);
CREATE TABLE live_streams (
  id uuid PRIMARY KEY,
  process_id uuid NOT NULL REFERENCES live_processes ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE
);
CREATE INDEX live_streams_of_user ON live_streams (user_id);
CREATE INDEX live_streams_of_process ON live_streams (process_id);

CREATE FUNCTION keep_live_process(process_id uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO live_processes VALUES (process_id, at)
  ON CONFLICT ON CONSTRAINT live_processes_pkey DO UPDATE SET seen_at = excluded.seen_at;
  DELETE FROM live_processes p WHERE p.seen_at < at - interval '1 hour';
END $$;

-- Counts a stream of a member, of whom any number of processes together serve at most 5 (SPEC 7). LK404, LKSTR. Streams of
-- one person that are opened at once take turns.
CREATE FUNCTION open_stream(caller uuid, group_id uuid, stream_id uuid, process_id uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_member(open_stream.group_id, caller);
  PERFORM pg_advisory_xact_lock(hashtextextended('streams ' || caller, 0));
  IF 5 <= (SELECT count(*) FROM live_streams s JOIN live_processes p ON p.id = s.process_id
            WHERE s.user_id = caller AND p.seen_at > at - interval '15 seconds') THEN
    RAISE EXCEPTION 'a person has at most 5 streams' USING ERRCODE = 'LKSTR';
  END IF;
  INSERT INTO live_streams VALUES (stream_id, open_stream.process_id, caller);
END $$;
`;

const down = `
DROP FUNCTION open_stream(uuid, uuid, uuid, uuid, timestamptz);
DROP FUNCTION keep_live_process(uuid, timestamptz);
DROP TABLE live_streams, live_processes;
DROP FUNCTION live_race(uuid, timestamptz);
DROP FUNCTION race_changes_at(uuid, timestamptz);
DROP TRIGGER profiles_tell ON profiles;
DROP FUNCTION tell_of_changed_profile();
DROP TRIGGER groups_tell ON groups;
DROP FUNCTION tell_of_changed_group();
DROP FUNCTION tell_of_changed_rows() CASCADE;
`;
