CREATE FUNCTION idempotency_key_lifetime() RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT interval '24 hours'
$$;
COMMENT ON FUNCTION idempotency_key_lifetime IS 'How long the first response of a key is replayed (specification 1, Retries).';

-- The stored response is read after the attempt to lock the key: if the lock was free, a previous transaction with the key
-- has ended and its response is visible.
CREATE FUNCTION claim_idempotency_key(caller uuid, key text, fingerprint bytea, at timestamptz) RETURNS SETOF idempotency_keys
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  claimed boolean := pg_try_advisory_xact_lock(hashtextextended(caller || ' ' || key, 3));
  stored idempotency_keys;
BEGIN
  SELECT * INTO stored FROM idempotency_keys k
   WHERE k.user_id = caller AND k.key = claim_idempotency_key.key AND k.created_at > at - idempotency_key_lifetime();
  IF NOT FOUND AND NOT claimed THEN
    RAISE EXCEPTION 'a request with the same key is in progress' USING ERRCODE = 'LKBSY', DETAIL = '1';
  ELSIF stored.fingerprint <> claim_idempotency_key.fingerprint THEN
    RAISE EXCEPTION 'the key belongs to another request' USING ERRCODE = 'LKKEY';
  ELSIF stored.key IS NOT NULL THEN
    RETURN NEXT stored;
  END IF;
END $$;
COMMENT ON FUNCTION claim_idempotency_key IS
  'Returns the stored response of a key. If no row is returned, the transaction has locked the key until its end and performs the request. Errors: LKKEY if the key belongs to another request, LKBSY with the seconds to wait as detail while a request with the key is in progress.';

-- Overwrites an expired key that has not been purged yet.
CREATE FUNCTION store_idempotent_response(
  caller uuid, key text, fingerprint bytea, status integer, location text, body text, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO idempotency_keys AS k
  VALUES (caller, store_idempotent_response.key, fingerprint, status, location, body, at)
  ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO UPDATE
    SET fingerprint = excluded.fingerprint, status = excluded.status, location = excluded.location,
        body = excluded.body, created_at = excluded.created_at;
END $$;
COMMENT ON FUNCTION store_idempotent_response IS 'Stores the response of a claimed key, in the same transaction as the effect of the request.';

CREATE FUNCTION without_inviter(response text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT replace(replace(response, coalesce(to_json(i.body)::text, ''),
                         to_json(coalesce(public.notification_body('group_invite', NULL, i.data ->> 'group_name'), ''))::text),
                 i.data::text, (i.data || '{"actor_id": null, "actor_name": null}')::text)
    FROM jsonb_to_record(response::jsonb) AS i (body text, data jsonb)
$$;
COMMENT ON FUNCTION without_inviter IS 'The stored response of an invite without the id and the name of its inviter.';

-- The condition on location is that of the index idempotency_keys_with_names: of the many responses about sessions, none
-- contains other users. The body stays text, so that a replay keeps its order and spaces.
CREATE FUNCTION remove_stored_name(user_id uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  named CONSTANT text := format(
    '("id" ?: ?"%s", ?"display_name" ?: ?)(?:null|"(?:[^"\\]|\\.)*")(, ?"avatar_url" ?: ?)(?:null|"(?:[^"\\]|\\.)*")',
    remove_stored_name.user_id);
  as_actor CONSTANT text := format('"actor_id": "%s"', remove_stored_name.user_id);
BEGIN
  PERFORM FROM idempotency_keys k
    WHERE (k.location IS NULL OR k.location NOT LIKE '/api/sessions/%')
      AND k.user_id <> remove_stored_name.user_id AND position(remove_stored_name.user_id::text IN k.body) > 0
    ORDER BY k.user_id, k.key FOR NO KEY UPDATE;
  UPDATE idempotency_keys k
     SET body = CASE WHEN position(as_actor IN k.body) > 0 THEN without_inviter(k.body)
                     ELSE regexp_replace(k.body, named, '\1null\2null', 'g') END
   WHERE (k.location IS NULL OR k.location NOT LIKE '/api/sessions/%')
     AND k.user_id <> remove_stored_name.user_id AND position(remove_stored_name.user_id::text IN k.body) > 0;
END $$;
COMMENT ON FUNCTION remove_stored_name IS
  'Removes the name and the avatar of a user from the stored responses of others (specification 9, Deleting an account).';

CREATE FUNCTION purge_idempotency_keys(at timestamptz, max_rows integer DEFAULT 1000) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  purged integer;
BEGIN
  DELETE FROM idempotency_keys k
   USING (SELECT o.user_id, o.key FROM idempotency_keys o WHERE o.created_at <= at - idempotency_key_lifetime()
           ORDER BY o.created_at LIMIT max_rows FOR UPDATE SKIP LOCKED) old
   WHERE k.user_id = old.user_id AND k.key = old.key;
  GET DIAGNOSTICS purged = ROW_COUNT;
  RETURN purged;
END $$;
COMMENT ON FUNCTION purge_idempotency_keys IS 'Job: deletes at most max_rows expired keys. Returns the number of deleted keys.';
