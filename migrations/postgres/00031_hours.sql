-- +goose Up

-- A proposal waits four hours at most.
-- +goose StatementBegin
CREATE FUNCTION proposals_four_hours() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.lapses_at > NEW.proposed_at + interval '4 hours' THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER decisions_four_hours BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION proposals_four_hours();
CREATE TRIGGER policies_four_hours BEFORE INSERT ON policies FOR EACH ROW EXECUTE FUNCTION proposals_four_hours();

-- Who joined less than a day ago is neither of the two who carry something out.
-- +goose StatementBegin
CREATE FUNCTION decisions_fresh() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM people p WHERE p.id IN (NEW.proposer, NEW.decider) AND p.joined_at + interval '24 hours' > NEW.decided_at) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER decisions_fresh BEFORE UPDATE OF state ON decisions FOR EACH ROW
WHEN (NEW.state = 'carried_out')
EXECUTE FUNCTION decisions_fresh();

-- +goose Down
DROP TRIGGER decisions_fresh ON decisions;
DROP FUNCTION decisions_fresh();
DROP TRIGGER policies_four_hours ON policies;
DROP TRIGGER decisions_four_hours ON decisions;
DROP FUNCTION proposals_four_hours();
