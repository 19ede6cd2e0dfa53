-- The collation "C" folds ASCII letters only, so the result does not depend on the database's locale: KELVIN SIGN does
-- not become k, and I becomes i in a Turkish locale too. The unique index profiles_email_key uses the same expression.
CREATE FUNCTION fold_email(address text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT lower(address COLLATE "C")
$$;
COMMENT ON FUNCTION fold_email IS 'Converts ASCII letters to lower case. Two addresses are equal if their results are equal (specification 1).';

-- All checks come before the address is removed from its current holder. Otherwise a token older than the profile's own
-- latest verification would leave the address without a holder. The advisory lock on the address serializes profiles that
-- verify it concurrently; rows are locked in the order of their ids. email is written only if it changes: an update of email
-- waits for transactions that insert references to the profile.
CREATE FUNCTION prove_email(user_id uuid, address text, proved_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE profiles p SET email_proved_at = prove_email.proved_at
   WHERE p.id = prove_email.user_id AND p.email::text = address AND p.email_proved_at < prove_email.proved_at;
  IF FOUND OR EXISTS (SELECT FROM profiles p
                       WHERE p.id = prove_email.user_id
                         AND (p.email_proved_at > prove_email.proved_at OR p.email::text = address)) THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(fold_email(address), 1));
  PERFORM FROM profiles p WHERE p.id = prove_email.user_id OR fold_email(p.email::text) = fold_email(address)
    ORDER BY p.id FOR NO KEY UPDATE;
  IF EXISTS (SELECT FROM profiles p WHERE p.id = prove_email.user_id AND p.email_proved_at > prove_email.proved_at)
    OR EXISTS (SELECT FROM profiles p WHERE p.id <> prove_email.user_id AND fold_email(p.email::text) = fold_email(address)
                  AND p.email_proved_at >= prove_email.proved_at) THEN
    RETURN;
  END IF;
  UPDATE profiles p SET email = NULL
   WHERE p.id <> prove_email.user_id AND fold_email(p.email::text) = fold_email(address);
  UPDATE profiles p SET email = address, email_proved_at = prove_email.proved_at WHERE p.id = prove_email.user_id;
END $$;
COMMENT ON FUNCTION prove_email IS
  'Assigns a verified address to the profile that proved it last and removes it from any other profile (specification 3.4). proved_at is the iat of the token: a token older than that of the current holder, or older than the latest one of this profile, has no effect.';

CREATE FUNCTION sign_in(provider text, subject text, proved_email text, proved_at timestamptz) RETURNS uuid
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
COMMENT ON FUNCTION sign_in IS
  'Returns the profile of an identity. The first sign-in creates both; concurrent first sign-ins create them only once (specification 3.3). proved_email is NULL unless the token proves an address; proved_at is the iat of that token.';

-- The deletion is looked for last, so that one which commits meanwhile is seen.
CREATE FUNCTION sign_in_at(provider text, subject text, proved_email text, proved_at timestamptz, issued_at timestamptz)
RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  profile uuid := sign_in(provider, subject, proved_email, proved_at);
BEGIN
  IF EXISTS (SELECT FROM deleted_identities d WHERE d.hash = identity_hash(provider, subject)
                AND d.deleted_at >= date_trunc('second', issued_at)) THEN
    RAISE EXCEPTION 'the account was deleted' USING ERRCODE = 'LK401';
  END IF;
  RETURN profile;
END $$;
COMMENT ON FUNCTION sign_in_at IS
  'sign_in() for a token issued at an instant (auth_time, else iat). Error: LK401 if the account was deleted in that second or later (specification 9).';

CREATE FUNCTION identity_hash(provider text, subject text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT public.digest(provider || ' ' || subject, 'sha256')
$$;
COMMENT ON FUNCTION identity_hash IS 'What is kept of an identity whose account was deleted (specification 9).';
