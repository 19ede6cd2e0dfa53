import { Migration } from '@mikro-orm/migrations';

/** Sessions, participants and logs as tables, with the rules that hold for every client of the database. */
export class Migration20261122100300Sessions extends Migration {
  override name = '20261122100300_sessions';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = String.raw`
CREATE TYPE session_status AS ENUM ('scheduled', 'running', 'paused', 'ended');
CREATE TYPE session_role AS ENUM ('host', 'participant');

-- How long a session runs after its last :start or :resume before it ends by itself (SPEC 5).
CREATE FUNCTION max_session_length() RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN interval '12 hours';

CREATE TABLE sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  group_id uuid REFERENCES groups ON DELETE CASCADE,
  creator_id uuid REFERENCES profiles ON DELETE SET NULL,
  status session_status NOT NULL DEFAULT 'scheduled',
  scheduled_start timestamptz(3),
  started_at timestamptz(3),
  ended_at timestamptz(3),
  running_since timestamptz(3),
  last_verb_at timestamptz(3),
  expires_at timestamptz(3),
  stopped_by_host boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT to_ms(now()),
  CONSTRAINT sessions_ended_at_when_ended CHECK ((status = 'ended') = (ended_at IS NOT NULL)),
  CONSTRAINT sessions_running_since_when_running CHECK ((status = 'running') = (running_since IS NOT NULL)),
  CONSTRAINT sessions_started_unless_scheduled
    CHECK (CASE status WHEN 'scheduled' THEN started_at IS NULL WHEN 'ended' THEN true ELSE started_at IS NOT NULL END),
  CONSTRAINT sessions_end_after_start CHECK (ended_at >= started_at)
);
COMMENT ON COLUMN sessions.running_since IS 'The instant of the last :start or :resume, while it runs.';
COMMENT ON COLUMN sessions.last_verb_at IS 'The instant that the last verb took effect: no later verb may lie before it.';
COMMENT ON COLUMN sessions.expires_at IS 'When an open session ends by itself, NULL for never; kept by a trigger.';
COMMENT ON COLUMN sessions.stopped_by_host IS 'False while the host''s first :stop may still move an end that came by itself.';

CREATE INDEX sessions_of_group ON sessions (group_id, created_at DESC, id DESC);
CREATE INDEX sessions_open_of_group ON sessions (group_id) WHERE status <> 'ended';
CREATE INDEX sessions_of_host ON sessions (creator_id, status);
CREATE UNIQUE INDEX sessions_one_running_per_host ON sessions (creator_id) WHERE status = 'running';

-- Trigger: keeps expires_at (SPEC 5): 12 hours running, 24 hours unstarted, and never beyond the group's end.
CREATE FUNCTION set_session_expiry() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  ends_with_group timestamptz;
BEGIN
  IF NEW.group_id IS NOT NULL THEN
    SELECT group_end(g) INTO ends_with_group FROM groups g WHERE g.id = NEW.group_id;
  END IF;
  NEW.expires_at := CASE NEW.status
    WHEN 'running' THEN least(NEW.running_since + max_session_length(), ends_with_group)
    WHEN 'scheduled' THEN least(coalesce(NEW.scheduled_start, NEW.created_at) + interval '24 hours', ends_with_group)
    WHEN 'paused' THEN ends_with_group
  END;
  RETURN NEW;
END $$;
CREATE TRIGGER sessions_expiry BEFORE INSERT OR UPDATE ON sessions
  FOR EACH ROW EXECUTE FUNCTION set_session_expiry();

CREATE TRIGGER sessions_stay BEFORE UPDATE OF group_id ON sessions
  FOR EACH ROW WHEN (OLD.group_id IS DISTINCT FROM NEW.group_id) EXECUTE FUNCTION refuse_move();

-- Trigger: when a group's end moves, so does the latest end of its open sessions. Whoever locks several sessions does so
-- by their ids, so that nobody deadlocks.
CREATE FUNCTION move_session_expiry() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM sessions WHERE group_id = NEW.id AND status <> 'ended' ORDER BY id FOR NO KEY UPDATE;
  UPDATE sessions SET expires_at = NULL WHERE group_id = NEW.id AND status <> 'ended';
  RETURN NULL;
END $$;
CREATE TRIGGER groups_move_session_expiry AFTER UPDATE OF end_at, archived_at ON groups
  FOR EACH ROW WHEN (least(OLD.end_at, OLD.archived_at) <> least(NEW.end_at, NEW.archived_at))
  EXECUTE FUNCTION move_session_expiry();

-- A session's state and end at an instant: it may have ended by itself before any job has written so (SPEC 5).
CREATE FUNCTION session_status_at(s sessions, at timestamptz) RETURNS session_status
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE WHEN s.expires_at <= at THEN 'ended'::session_status ELSE s.status END;

CREATE FUNCTION session_end_at(s sessions, at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(s.ended_at, CASE WHEN s.expires_at <= at THEN greatest(s.expires_at, s.started_at) END);

CREATE TABLE session_participants (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
  role session_role NOT NULL DEFAULT 'participant',
  joined_at timestamptz(3) NOT NULL DEFAULT to_ms(now()),
  left_at timestamptz(3),
  session_created_at timestamptz(3) NOT NULL,
  session_ended boolean NOT NULL,
  UNIQUE (session_id, user_id),
  CONSTRAINT session_participants_host_stays CHECK (role <> 'host' OR left_at IS NULL)
);
COMMENT ON COLUMN session_participants.left_at IS 'Set while the person is out; the row and its logs stay.';
COMMENT ON COLUMN session_participants.session_created_at IS 'Of the session, so that one index range lists a person''s newest.';
COMMENT ON COLUMN session_participants.session_ended IS 'Of the session, so that open ones are found among years of ended ones.';
CREATE UNIQUE INDEX session_participants_one_host ON session_participants (session_id) WHERE role = 'host';
CREATE INDEX session_participants_newest ON session_participants (user_id, session_created_at DESC, session_id DESC);

CREATE INDEX session_participants_open ON session_participants (user_id, session_created_at DESC, session_id DESC)
  WHERE NOT session_ended;

CREATE TRIGGER session_participants_stay BEFORE UPDATE OF session_id, user_id ON session_participants
  FOR EACH ROW WHEN ((OLD.session_id, OLD.user_id) IS DISTINCT FROM (NEW.session_id, NEW.user_id))
  EXECUTE FUNCTION refuse_move();

-- Triggers: carry what lists need to know of the session to its participants.
CREATE FUNCTION copy_session_to_participant() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  SELECT created_at, status = 'ended' INTO NEW.session_created_at, NEW.session_ended
    FROM sessions WHERE id = NEW.session_id;
  RETURN NEW;
END $$;
CREATE TRIGGER session_participants_copy_session BEFORE INSERT ON session_participants
  FOR EACH ROW EXECUTE FUNCTION copy_session_to_participant();

CREATE FUNCTION tell_participants_of_end() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE session_participants SET session_ended = NEW.status = 'ended' WHERE session_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER sessions_tell_participants AFTER UPDATE OF status ON sessions
  FOR EACH ROW WHEN ((OLD.status = 'ended') <> (NEW.status = 'ended')) EXECUTE FUNCTION tell_participants_of_end();

CREATE TABLE time_logs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  participant_id uuid NOT NULL REFERENCES session_participants ON DELETE CASCADE,
  group_id uuid REFERENCES groups ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
  manual boolean NOT NULL DEFAULT false,
  closed_by_expiry boolean NOT NULL DEFAULT false,
  started_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT to_ms(now()),
  CONSTRAINT time_logs_end_after_start CHECK (ended_at > started_at),
  CONSTRAINT time_logs_manual_is_closed CHECK (NOT manual OR ended_at IS NOT NULL)
);
COMMENT ON COLUMN time_logs.manual IS 'Added by hand, not measured by the server.';
COMMENT ON COLUMN time_logs.closed_by_expiry IS 'Closed because the session ended by itself: the host''s late stop moves it.';
CREATE UNIQUE INDEX time_logs_one_open_per_participant ON time_logs (participant_id) WHERE ended_at IS NULL;
CREATE INDEX time_logs_of_participant ON time_logs (participant_id);
CREATE INDEX time_logs_of_user ON time_logs (user_id);
CREATE INDEX time_logs_progress ON time_logs (group_id, ended_at) INCLUDE (started_at, user_id);

-- Trigger: fills group_id and user_id, and holds every log inside its session's window [started_at, ended_at or now]
-- (SPEC 5); LKLOG. It locks the session against a verb at the same time, and reads the clock as late as it can, since
-- a verb that waited may lie after this transaction's now().
CREATE FUNCTION enforce_log_within_session() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  s sessions;
BEGIN
  SELECT p.user_id INTO NEW.user_id FROM session_participants p WHERE p.id = NEW.participant_id;
  SELECT its.* INTO s FROM session_participants p JOIN sessions its ON its.id = p.session_id
   WHERE p.id = NEW.participant_id FOR SHARE OF its;
  NEW.group_id := s.group_id;
  IF s.started_at IS NULL OR NEW.started_at < s.started_at
    OR NEW.ended_at > coalesce(s.ended_at, least(s.expires_at, clock_timestamp()))
    OR (NEW.ended_at IS NULL AND s.status <> 'running') THEN
    RAISE EXCEPTION 'the log lies outside its session' USING ERRCODE = 'LKLOG';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER time_logs_within_session BEFORE INSERT OR UPDATE ON time_logs
  FOR EACH ROW EXECUTE FUNCTION enforce_log_within_session();

-- Trigger, judged at commit: a session holds its logs, and only a running one has open segments (LKLOG). What can break
-- this from the session's side is stopping to run and moving an end.
CREATE FUNCTION enforce_session_holds_logs() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM sessions s JOIN session_participants p ON p.session_id = s.id
               JOIN time_logs l ON l.participant_id = p.id
              WHERE s.id = NEW.id
                AND (s.started_at IS NULL OR l.started_at < s.started_at OR l.ended_at > s.ended_at
                  OR (l.ended_at IS NULL AND s.status <> 'running'))) THEN
    RAISE EXCEPTION 'a log lies outside session %', NEW.id USING ERRCODE = 'LKLOG';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER sessions_hold_logs AFTER UPDATE OF status, started_at, ended_at ON sessions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.status <> NEW.status AND NEW.status <> 'running' OR OLD.started_at <> NEW.started_at OR OLD.ended_at <> NEW.ended_at)
  EXECUTE FUNCTION enforce_session_holds_logs();
`;

const down = `
DROP TABLE time_logs, session_participants, sessions CASCADE;
DROP FUNCTION enforce_session_holds_logs();
DROP FUNCTION enforce_log_within_session();
DROP FUNCTION tell_participants_of_end();
DROP FUNCTION copy_session_to_participant();
DROP FUNCTION set_session_expiry();
DROP TRIGGER groups_move_session_expiry ON groups;
DROP FUNCTION move_session_expiry();
DROP FUNCTION max_session_length();
DROP TYPE session_role, session_status;
`;
