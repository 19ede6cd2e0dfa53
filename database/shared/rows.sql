CREATE FUNCTION set_updated_at() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.updated_at := to_ms(now());
  RETURN NEW;
END $$;
COMMENT ON FUNCTION set_updated_at IS 'Trigger: sets updated_at on every update of the row.';

CREATE FUNCTION prevent_reassignment() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'table %: the columns % cannot be changed', TG_TABLE_NAME, TG_ARGV[0]
    USING ERRCODE = 'integrity_constraint_violation';
END $$;
COMMENT ON FUNCTION prevent_reassignment IS
  'Trigger: rejects changes of the columns named by its argument, which identify the parent of the row. Error: 23000.';

-- Unlike jsonb ||, this keeps the order of the properties and does not parse the objects. right(text, -1) is faster than
-- substr(text, 2), which scans the whole string.
CREATE FUNCTION json_concat(base json, extra json) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT left(base::text, -1) || ', ' || right(extra::text, -1)
$$;
COMMENT ON FUNCTION json_concat IS 'Merges two JSON objects into one, returned as text: the properties of base come first.';

-- The conditions of the constraints are read from the catalog, so that they are not repeated elsewhere.
CREATE FUNCTION violated_constraints(candidate anyelement) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  violated boolean;
  rule record;
BEGIN
  FOR rule IN SELECT c.conname, pg_get_expr(c.conbin, c.conrelid) AS condition
                FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
               WHERE t.reltype = pg_typeof(candidate) AND c.contype = 'c' ORDER BY c.conname LOOP
    EXECUTE format('SELECT NOT (%s) FROM (SELECT ($1).*) candidate', rule.condition) INTO violated USING candidate;
    IF violated THEN
      RETURN NEXT rule.conname;
    END IF;
  END LOOP;
END $$;
COMMENT ON FUNCTION violated_constraints IS
  'The names of the check constraints that a row of a table violates, in alphabetical order. Missing values violate nothing.';
