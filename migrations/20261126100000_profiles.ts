import { Migration } from '@mikro-orm/migrations';

/** Profiles and their identities. */
export class Profiles extends Migration {
  override name = '20261126100000_profiles';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = `
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE EXTENSION IF NOT EXISTS citext;

-- Two addresses are the same if they differ in the case of ASCII letters only (specification 1). citext alone would
-- compare by the database's locale; the expression is that of fold_email().
CREATE TABLE profiles (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email citext CONSTRAINT profiles_email_form CHECK (email::text ~ '^[^\\s@]+@[^\\s@]+$'),
  email_proved_at timestamptz(3),
  display_name text CONSTRAINT profiles_display_name_length CHECK (char_length(display_name) BETWEEN 1 AND 80),
  avatar_url text,
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', now()),
  updated_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', now())
);
CREATE UNIQUE INDEX profiles_email_key ON profiles (lower(email::text COLLATE "C"));
COMMENT ON COLUMN profiles.email_proved_at IS 'When the identity provider issued the token that proved the address (iat).';

CREATE TABLE auth_identities (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  provider text NOT NULL,
  subject text NOT NULL,
  profile_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', now()),
  UNIQUE (provider, subject)
);
CREATE INDEX auth_identities_profile_id ON auth_identities (profile_id);

CREATE TABLE deleted_identities (
  hash bytea PRIMARY KEY,
  deleted_at timestamptz(0) NOT NULL
);
COMMENT ON TABLE deleted_identities IS 'Whose account was deleted, and in which second: tokens issued by then are refused (specification 9).';

CREATE TABLE orphaned_avatars (
  profile_id uuid PRIMARY KEY,
  orphaned_at timestamptz NOT NULL
);
COMMENT ON TABLE orphaned_avatars IS 'Whose avatars are still to be removed from S3, which no transaction can do.';
`;

const down = `
DROP TABLE orphaned_avatars, deleted_identities, auth_identities, profiles;
DROP EXTENSION citext;
DROP EXTENSION pgcrypto;
`;
