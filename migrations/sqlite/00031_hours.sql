-- +goose Up

-- A proposal waits four hours at most.
-- +goose StatementBegin
CREATE TRIGGER decisions_four_hours BEFORE INSERT ON decisions
BEGIN
  SELECT RAISE(ABORT, 'decisions_four_hours') WHERE NEW.lapses_at > NEW.proposed_at + 14400000000;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policies_four_hours BEFORE INSERT ON policies
BEGIN
  SELECT RAISE(ABORT, 'policies_four_hours') WHERE NEW.lapses_at > NEW.proposed_at + 14400000000;
END;
-- +goose StatementEnd

-- Who joined less than a day ago is neither of the two who carry something out.
-- +goose StatementBegin
CREATE TRIGGER decisions_fresh BEFORE UPDATE OF state ON decisions
WHEN NEW.state = 'carried_out'
BEGIN
  SELECT RAISE(ABORT, 'decisions_fresh') WHERE EXISTS (
    SELECT 1 FROM people p WHERE p.id IN (NEW.proposer, NEW.decider) AND p.joined_at + 86400000000 > NEW.decided_at);
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER decisions_fresh;
DROP TRIGGER policies_four_hours;
DROP TRIGGER decisions_four_hours;
