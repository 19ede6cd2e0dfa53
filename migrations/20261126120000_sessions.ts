import { Migration } from '@mikro-orm/migrations';

/** Sessions, their participants and time logs. */
export class Sessions extends Migration {
  override name = '20261126120000_sessions';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = `
CREATE TYPE session_status AS ENUM ('scheduled', 'running', 'paused', 'ended');
CREATE TYPE session_role AS ENUM ('host', 'participant');

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
  reminded boolean NOT NULL DEFAULT false,
  milestones_pending boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', now()),
  CONSTRAINT sessions_ended_at_when_ended CHECK ((status = 'ended') = (ended_at IS NOT NULL)),
  CONSTRAINT sessions_running_since_when_running CHECK ((status = 'running') = (running_since IS NOT NULL)),
  CONSTRAINT sessions_started_unless_scheduled
    CHECK (CASE status WHEN 'scheduled' THEN started_at IS NULL WHEN 'ended' THEN true ELSE started_at IS NOT NULL END),
  CONSTRAINT sessions_end_after_start CHECK (ended_at >= started_at),
  CONSTRAINT sessions_open_has_creator CHECK (status = 'ended' OR creator_id IS NOT NULL),
  CONSTRAINT sessions_scheduled_within_calendar
    CHECK (scheduled_start >= '2000-01-01T00:00Z' AND scheduled_start < '2100-01-01T00:00Z'),
  CONSTRAINT sessions_scheduled_start_not_past CHECK (scheduled_start >= created_at - interval '60 seconds')
);
COMMENT ON COLUMN sessions.running_since IS 'The instant of the last :start or :resume, while it runs.';
COMMENT ON COLUMN sessions.last_verb_at IS 'The instant at which the last verb took effect: no later verb may lie before it.';
COMMENT ON COLUMN sessions.expires_at IS 'When an open session ends by itself, NULL for never; kept by a trigger.';
COMMENT ON COLUMN sessions.stopped_by_host IS 'False while the host''s first :stop may still move an end that came by itself.';
COMMENT ON COLUMN sessions.reminded IS 'Whether people were notified that it starts soon.';
COMMENT ON COLUMN sessions.milestones_pending IS 'It ended by itself, and award_running_milestones() has not judged its last minutes yet.';
CREATE INDEX sessions_of_group ON sessions (group_id, created_at DESC, id DESC);
CREATE INDEX sessions_open_of_group ON sessions (group_id) WHERE status <> 'ended';
CREATE INDEX sessions_of_host ON sessions (creator_id, status);
CREATE UNIQUE INDEX sessions_one_running_per_host ON sessions (creator_id) WHERE status = 'running';
CREATE INDEX sessions_to_end ON sessions (expires_at) WHERE status <> 'ended';
CREATE INDEX sessions_to_remind ON sessions (scheduled_start) WHERE status = 'scheduled' AND NOT reminded;
CREATE INDEX sessions_milestones_pending ON sessions (group_id) WHERE milestones_pending;

CREATE TABLE session_participants (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
  role session_role NOT NULL DEFAULT 'participant',
  joined_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', now()),
  left_at timestamptz(3),
  session_created_at timestamptz(3) NOT NULL,
  session_ended boolean NOT NULL,
  logged interval,
  UNIQUE (session_id, user_id),
  CONSTRAINT session_participants_host_stays CHECK (role <> 'host' OR left_at IS NULL)
);
COMMENT ON COLUMN session_participants.left_at IS 'Set while the person is out; the row and its logs stay.';
COMMENT ON COLUMN session_participants.session_created_at IS 'Of the session, so that one index range lists a person''s newest.';
COMMENT ON COLUMN session_participants.session_ended IS 'Of the session, so that open ones are found among years of ended ones.';
COMMENT ON COLUMN session_participants.logged IS 'The time that the closed logs cover; kept by a trigger. NULL if not counted.';
CREATE UNIQUE INDEX session_participants_one_host ON session_participants (session_id) WHERE role = 'host';
CREATE INDEX session_participants_newest ON session_participants (user_id, session_created_at DESC, session_id DESC);
CREATE INDEX session_participants_open ON session_participants (user_id, session_created_at DESC, session_id DESC)
  WHERE NOT session_ended;

-- The creator takes part, as long as there is one: a trigger makes that participant the host.
ALTER TABLE sessions ADD CONSTRAINT sessions_host_takes_part
  FOREIGN KEY (id, creator_id) REFERENCES session_participants (session_id, user_id) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE time_logs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  participant_id uuid NOT NULL REFERENCES session_participants ON DELETE CASCADE,
  group_id uuid,
  user_id uuid NOT NULL,
  manual boolean NOT NULL DEFAULT false,
  closed_by_expiry boolean NOT NULL DEFAULT false,
  started_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', now()),
  CONSTRAINT time_logs_end_after_start CHECK (ended_at > started_at),
  CONSTRAINT time_logs_manual_is_closed CHECK (NOT manual OR ended_at IS NOT NULL)
);
COMMENT ON COLUMN time_logs.group_id IS 'The session''s, held by a trigger: a log goes with its participant, so a key would only cost.';
COMMENT ON COLUMN time_logs.user_id IS 'The participant''s, held by a trigger.';
COMMENT ON COLUMN time_logs.manual IS 'Added by hand, not measured by the server.';
COMMENT ON COLUMN time_logs.closed_by_expiry IS 'Closed because the session ended by itself: the host''s late stop moves it.';
CREATE UNIQUE INDEX time_logs_one_open_per_participant ON time_logs (participant_id) WHERE ended_at IS NULL;
CREATE INDEX time_logs_of_participant ON time_logs (participant_id, ended_at);
CREATE INDEX time_logs_progress ON time_logs (group_id, ended_at) INCLUDE (started_at, user_id);
`;

const down = `
ALTER TABLE sessions DROP CONSTRAINT sessions_host_takes_part;
DROP TABLE time_logs, session_participants, sessions;
DROP TYPE session_role, session_status;
`;
