import { Migration } from '@mikro-orm/migrations';

/** Changes of a race are told only where somebody watches it (SPEC 7). */
export class Migration20261122101500Watched extends Migration {
  override name = '20261122101500_watched';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = String.raw`
-- Which group a stream shows. What is open now belongs to processes that are about to be replaced. There are no keys to
-- people and groups: whoever deletes those would wait here for one who waits for them.
DELETE FROM live_streams;
ALTER TABLE live_streams DROP CONSTRAINT live_streams_user_id_fkey, ADD COLUMN group_id uuid NOT NULL;
CREATE INDEX live_streams_of_group ON live_streams (group_id);

-- The lock between whoever changes a race and whoever begins to watch it: one of a few, since a transaction may change
-- any number of races, and the server has room for only so many locks.
CREATE FUNCTION watch_lock(group_id uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashtextextended('watch ' || (hashtextextended(group_id::text, 0) & 255), 0);

-- Triggers: say on the channel group_changed whose race has changed (SPEC 7), in every process and only if the transaction
-- commits. PostgreSQL lets transactions that NOTIFY commit one after the other, so where nobody watches nothing is said: the
-- lock makes whoever begins to watch wait for changes that were made unseen. What changes seldom, the triggers of groups and
-- profiles, is always told.
CREATE OR REPLACE FUNCTION tell_of_changed_rows() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  changed_group uuid;
BEGIN
  FOR changed_group IN SELECT DISTINCT c.group_id FROM changed c WHERE c.group_id IS NOT NULL LOOP
    PERFORM pg_advisory_xact_lock_shared(watch_lock(changed_group));
    IF EXISTS (SELECT FROM live_streams s WHERE s.group_id = changed_group) THEN
      PERFORM pg_notify('group_changed', changed_group::text);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- Counts a stream of a member, of whom any number of processes together serve at most 5 (SPEC 7). LK404, LKSTR. Streams of
-- one person that are opened at once take turns. The locks are not kept until a disk has written: a server that crashes
-- forgets streams, and is reminded by restore_streams().
CREATE OR REPLACE FUNCTION open_stream(caller uuid, group_id uuid, stream_id uuid, process_id uuid, at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM require_member(open_stream.group_id, caller);
  PERFORM pg_advisory_xact_lock(hashtextextended('streams ' || caller, 0));
  IF 5 <= (SELECT count(*) FROM live_streams s JOIN live_processes p ON p.id = s.process_id
            WHERE s.user_id = caller AND p.seen_at > at - interval '15 seconds') THEN
    RAISE EXCEPTION 'a person has at most 5 streams' USING ERRCODE = 'LKSTR';
  END IF;
  PERFORM pg_advisory_xact_lock(watch_lock(open_stream.group_id));
  INSERT INTO live_streams (id, process_id, user_id, group_id)
  VALUES (stream_id, open_stream.process_id, caller, open_stream.group_id);
END $$;

-- Writes down those of a process's open streams that the database does not know, or knows no more.
CREATE FUNCTION restore_streams(process_id uuid, stream_ids uuid[], user_ids uuid[], group_ids uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  lost record;
BEGIN
  FOR lost IN SELECT o.* FROM unnest(stream_ids, user_ids, group_ids) o (id, user_id, group_id)
               WHERE NOT EXISTS (SELECT FROM live_streams s WHERE s.id = o.id) ORDER BY watch_lock(o.group_id) LOOP
    PERFORM pg_advisory_xact_lock(watch_lock(lost.group_id));
    INSERT INTO live_streams (id, process_id, user_id, group_id)
    VALUES (lost.id, restore_streams.process_id, lost.user_id, lost.group_id);
  END LOOP;
END $$;

-- Says that a process is there. What one leaves behind that was killed goes when another one comes by a day later: by then
-- every token has expired with which a stream was opened.
CREATE OR REPLACE FUNCTION keep_live_process(process_id uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO live_processes VALUES (process_id, at)
  ON CONFLICT ON CONSTRAINT live_processes_pkey DO UPDATE SET seen_at = excluded.seen_at;
  DELETE FROM live_processes p WHERE p.seen_at < at - interval '24 hours';
END $$;
`;

const down = String.raw`
CREATE OR REPLACE FUNCTION keep_live_process(process_id uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO live_processes VALUES (process_id, at)
  ON CONFLICT ON CONSTRAINT live_processes_pkey DO UPDATE SET seen_at = excluded.seen_at;
  DELETE FROM live_processes p WHERE p.seen_at < at - interval '1 hour';
END $$;

DROP FUNCTION restore_streams(uuid, uuid[], uuid[], uuid[]);

CREATE OR REPLACE FUNCTION open_stream(caller uuid, group_id uuid, stream_id uuid, process_id uuid, at timestamptz) RETURNS void
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

CREATE OR REPLACE FUNCTION tell_of_changed_rows() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('group_changed', c.group_id::text)
     FROM (SELECT DISTINCT group_id FROM changed WHERE group_id IS NOT NULL) c;
  RETURN NULL;
END $$;

DROP FUNCTION watch_lock(uuid);
DELETE FROM live_streams;
ALTER TABLE live_streams DROP COLUMN group_id,
  ADD CONSTRAINT live_streams_user_id_fkey FOREIGN KEY (user_id) REFERENCES profiles ON DELETE CASCADE;
`;
