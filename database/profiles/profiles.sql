-- email_proved_at is left out: verifying the same address again does not change updated_at.
CREATE TRIGGER profiles_updated_at BEFORE UPDATE ON profiles FOR EACH ROW
  WHEN ((OLD.email, OLD.display_name, OLD.avatar_url) IS DISTINCT FROM (NEW.email, NEW.display_name, NEW.avatar_url))
  EXECUTE FUNCTION set_updated_at();
COMMENT ON TRIGGER profiles_updated_at ON profiles IS 'Sets updated_at when the address, name or avatar changes.';

CREATE FUNCTION user_summary(p profiles) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT json_build_object('id', p.id, 'display_name', p.display_name, 'avatar_url', p.avatar_url)
$$;
COMMENT ON FUNCTION user_summary IS 'The public part of a profile, without the e-mail address (specification 4).';

CREATE FUNCTION require_profile(user_id uuid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM profiles p WHERE p.id = require_profile.user_id) THEN
    RAISE EXCEPTION 'no such profile' USING ERRCODE = 'LK404';
  END IF;
END $$;
COMMENT ON FUNCTION require_profile IS 'Error: LK404 if the profile does not exist.';

-- Every look-up counts, found or not. Otherwise the limit would reveal which addresses exist.
CREATE FUNCTION find_profile_by_email(caller uuid, address text, at timestamptz) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM consume_rate_limit(caller, 'lookup in a day', at, 200, interval '24 hours');
  PERFORM consume_rate_limit(caller, 'lookup in a minute', at, 20, interval '1 minute');
  RETURN (SELECT user_summary(p)::text FROM profiles p WHERE fold_email(p.email::text) = fold_email(address));
END $$;
COMMENT ON FUNCTION find_profile_by_email IS
  'The user with this verified address, as JSON, or NULL. Error: LK429 after 20 look-ups per minute or 200 per day (specification 1, Limits).';

CREATE FUNCTION profile_violations(change jsonb) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
  SELECT public.violated_constraints(jsonb_populate_record(NULL::public.profiles, change))
$$;
COMMENT ON FUNCTION profile_violations IS
  'The names of the constraints that a change of a profile would violate, so that a 400 can list all errors (specification 1, Errors). change maps column names to values.';
