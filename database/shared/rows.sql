CREATE FUNCTION set_updated_at() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.updated_at := to_ms(now());
  RETURN NEW;
END $$;
COMMENT ON FUNCTION set_updated_at IS 'Trigger: updated_at follows every change of the row.';

CREATE FUNCTION prevent_reassignment() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'a row of % keeps the columns %', TG_TABLE_NAME, TG_ARGV[0]
    USING ERRCODE = 'integrity_constraint_violation';
END $$;
COMMENT ON FUNCTION prevent_reassignment IS
  'Trigger: refuses to change the columns named by its argument, which say what the row belongs to. Error: 23000.';

-- Unlike jsonb || it keeps the order of the properties, and unlike a cast to json it parses nothing. right() counts one
-- character of the extra where substr() walks through all of them.
CREATE FUNCTION json_concat(base json, extra json) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT left(base::text, -1) || ', ' || right(extra::text, -1)
$$;
COMMENT ON FUNCTION json_concat IS 'One JSON object, as text, with the properties of both: those of base first.';
