-- Who may do what; run by the owner of the tables with `npm run db:roles`, again after a step that makes a table for
-- analysts. A role that is missing is made without a password: give it one with ALTER ROLE, or let the cloud's IAM in.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lockin_api') THEN
    CREATE ROLE lockin_api LOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lockin_reader') THEN
    CREATE ROLE lockin_reader LOGIN;
  END IF;
END $$;

-- The API: rows, and nothing else. What has been migrated is read, to tell whether the service is ready.
GRANT USAGE ON SCHEMA public TO lockin_api, lockin_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO lockin_api;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO lockin_api;
REVOKE INSERT, UPDATE, DELETE ON mikro_orm_migrations, installed_routines FROM lockin_api;

-- The limits that the API sets for itself on a direct connection; through a pooler they come from here (docs/connections.md).
ALTER ROLE lockin_api SET statement_timeout = '5s';
ALTER ROLE lockin_api SET lock_timeout = '100ms';

-- An analyst: the view, the tables that it reads, and people without their addresses.
GRANT SELECT ON group_member_period_progress, groups, group_members, sessions, session_participants, time_logs,
  target_changes, milestones TO lockin_reader;
GRANT SELECT (id, display_name, created_at) ON profiles TO lockin_reader;
