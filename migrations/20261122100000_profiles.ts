import { Migration } from '@mikro-orm/migrations';

/** People, how they sign in, and the two small functions about time that every module uses. */
export class Migration20261122100000Profiles extends Migration {
  override name = '20261122100000_profiles';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = String.raw`
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE EXTENSION IF NOT EXISTS citext;

-- The instant cut to milliseconds (SPEC 1). Columns are timestamptz(3), and rounding would put now() into the future.
CREATE FUNCTION to_ms(at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE RETURN date_trunc('milliseconds', at);

-- RFC 3339 in UTC with milliseconds and Z, as every answer writes time (SPEC 1); NULL for NULL.
CREATE FUNCTION rfc3339(at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- The properties of both objects, base's first. Unlike jsonb || it parses nothing and keeps their order.
CREATE FUNCTION json_with(base json, extra json) RETURNS json
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (left(base::text, -1) || ', ' || substr(extra::text, 2))::json;

-- Trigger: updated_at follows every change of the row.
CREATE FUNCTION set_updated_at() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.updated_at := to_ms(now());
  RETURN NEW;
END $$;

CREATE TABLE profiles (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email citext UNIQUE,
  email_proved_at timestamptz(3),
  display_name text CONSTRAINT profiles_display_name_length CHECK (char_length(display_name) BETWEEN 1 AND 80),
  avatar_url text,
  created_at timestamptz(3) NOT NULL DEFAULT to_ms(now()),
  updated_at timestamptz(3) NOT NULL DEFAULT to_ms(now())
);
COMMENT ON COLUMN profiles.email_proved_at IS 'When the identity provider issued the token that proved the address (iat).';

-- Proving the same address anew changes nothing that anybody sees.
CREATE TRIGGER profiles_updated_at BEFORE UPDATE ON profiles FOR EACH ROW
  WHEN ((OLD.email, OLD.display_name, OLD.avatar_url) IS DISTINCT FROM (NEW.email, NEW.display_name, NEW.avatar_url))
  EXECUTE FUNCTION set_updated_at();

CREATE TABLE auth_identities (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  provider text NOT NULL,
  subject text NOT NULL,
  profile_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
  created_at timestamptz(3) NOT NULL DEFAULT to_ms(now()),
  UNIQUE (provider, subject)
);
CREATE INDEX auth_identities_profile_id ON auth_identities (profile_id);

-- Gives a verified address to the profile that proved it last, and takes it from any other holder (SPEC 3.4).
-- proved_at is the token's iat: an older token than the holder's, or than the profile's own latest, changes nothing.
CREATE FUNCTION prove_email(profile uuid, address citext, proved_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM profiles p WHERE p.id = profile AND p.email = address AND p.email_proved_at >= proved_at) THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('email ' || lower(address::text), 0));
  UPDATE profiles p SET email = NULL
   WHERE p.email = address AND p.id <> profile AND coalesce(p.email_proved_at, '-infinity') < proved_at;
  UPDATE profiles p SET email = address, email_proved_at = proved_at
   WHERE p.id = profile AND (p.email_proved_at IS NULL OR p.email_proved_at <= proved_at)
     AND NOT EXISTS (SELECT FROM profiles holder WHERE holder.email = address AND holder.id <> profile);
END $$;

-- The profile behind an identity; its first sign-in creates both (SPEC 3.3), any number of them at once just once.
-- proved_email is NULL unless the token proves an address; proved_at is that token's iat.
CREATE FUNCTION sign_in(provider text, subject text, proved_email citext, proved_at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  profile uuid;
BEGIN
  SELECT i.profile_id INTO profile FROM auth_identities i
   WHERE i.provider = sign_in.provider AND i.subject = sign_in.subject;
  IF NOT FOUND THEN
    INSERT INTO profiles DEFAULT VALUES RETURNING id INTO profile;
    INSERT INTO auth_identities (provider, subject, profile_id)
    VALUES (sign_in.provider, sign_in.subject, profile)
    ON CONFLICT ON CONSTRAINT auth_identities_provider_subject_key DO NOTHING;
    IF NOT FOUND THEN
      DELETE FROM profiles p WHERE p.id = profile;
      SELECT i.profile_id INTO profile FROM auth_identities i
       WHERE i.provider = sign_in.provider AND i.subject = sign_in.subject;
    END IF;
  END IF;
  IF proved_email IS NOT NULL THEN
    PERFORM prove_email(profile, proved_email, proved_at);
  END IF;
  RETURN profile;
END $$;

-- What others may see of a person: never the e-mail (SPEC 4).
CREATE FUNCTION user_summary(p profiles) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_object('id', p.id, 'display_name', p.display_name, 'avatar_url', p.avatar_url);

-- Finds a person by the exact address, so that somebody can be invited; NULL if there is none.
-- Every look-up counts, found or not: 20 a minute and 200 a day (SPEC 1), then LK429.
CREATE FUNCTION look_up_profile(caller uuid, address citext, at timestamptz) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM spend(caller, 'lookup in a day', at, 200, interval '24 hours');
  PERFORM spend(caller, 'lookup in a minute', at, 20, interval '1 minute');
  RETURN (SELECT user_summary(p)::text FROM profiles p WHERE p.email = address);
END $$;

-- Every use of an action that is limited over all processes (SPEC 1, Limits).
CREATE TABLE limited_actions (
  profile_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
  action text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX limited_actions_recent ON limited_actions (profile_id, action, at);

-- Counts one use of an action, of which any span of time may hold only so many.
-- Raises LK429 with the seconds to wait as its detail. Uses at once take turns.
CREATE FUNCTION spend(profile uuid, action text, at timestamptz, most integer, span interval) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  oldest timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('spend ' || action || profile, 0));
  SELECT l.at INTO oldest FROM limited_actions l
   WHERE l.profile_id = profile AND l.action = spend.action AND l.at > spend.at - span
   ORDER BY l.at DESC OFFSET most - 1 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'too many of %', action
      USING ERRCODE = 'LK429', DETAIL = greatest(1, ceil(extract(epoch FROM oldest + span - spend.at)))::text;
  END IF;
  DELETE FROM limited_actions l
   WHERE l.profile_id = profile AND l.action = spend.action AND l.at <= spend.at - span;
  INSERT INTO limited_actions VALUES (profile, spend.action, spend.at);
END $$;
`;

const down = `
DROP FUNCTION spend(uuid, text, timestamptz, integer, interval);
DROP TABLE limited_actions;
DROP FUNCTION look_up_profile(uuid, citext, timestamptz);
DROP FUNCTION user_summary(profiles);
DROP FUNCTION sign_in(text, text, citext, timestamptz);
DROP FUNCTION prove_email(uuid, citext, timestamptz);
DROP TABLE auth_identities, profiles;
DROP FUNCTION set_updated_at();
DROP FUNCTION json_with(json, json);
DROP FUNCTION rfc3339(timestamptz);
DROP FUNCTION to_ms(timestamptz);
DROP EXTENSION citext;
DROP EXTENSION pgcrypto;
`;
