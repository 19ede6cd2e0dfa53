-- Roles and privileges. The owner of the tables runs this file with `npm run db:roles`, and again after a migration that adds
-- a table for analysts. Missing roles are created without a password: set one with ALTER ROLE, or use IAM authentication.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lockin_api') THEN
    CREATE ROLE lockin_api LOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lockin_reader') THEN
    CREATE ROLE lockin_reader LOGIN;
  END IF;
END $$;

-- The API reads and writes rows. It only reads the tables of migrations, for the readiness check.
GRANT USAGE ON SCHEMA public TO lockin_api, lockin_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO lockin_api;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO lockin_api;
REVOKE INSERT, UPDATE, DELETE ON mikro_orm_migrations, installed_routines FROM lockin_api;

-- The API makes these settings itself on a direct connection; through a pooler, those of the role apply (docs/connections.md).
ALTER ROLE lockin_api SET statement_timeout = '5s';
ALTER ROLE lockin_api SET lock_timeout = '100ms';
ALTER ROLE lockin_api SET plan_cache_mode = force_generic_plan;

-- Analysts read the view, the tables it is based on, and profiles without e-mail addresses.
GRANT SELECT ON group_member_period_progress, groups, group_members, sessions, session_participants, time_logs,
  target_changes, milestones TO lockin_reader;
GRANT SELECT (id, display_name, created_at) ON profiles TO lockin_reader;
