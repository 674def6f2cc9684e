-- +goose Up

-- The cluster that numbered the row: its transactions count on their own.
ALTER TABLE announcements ADD COLUMN cluster bigint NOT NULL DEFAULT ((pg_control_system()).system_identifier);
-- Numbers that this cluster has not given out are of one before it.
ALTER TABLE announcements DISABLE TRIGGER announcements_kept_update;
UPDATE announcements SET cluster = 0 WHERE tx >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
ALTER TABLE announcements ENABLE TRIGGER announcements_kept_update;
DROP INDEX announcements_feed;
CREATE INDEX announcements_feed ON announcements (marketplace, cluster, tx);
CREATE INDEX announcements_clusters ON announcements (cluster, id);

-- A range of time of one endpoint is asked for.
CREATE INDEX deliveries_range ON deliveries (endpoint, created_at);

-- +goose Down
DROP INDEX deliveries_range;
DROP INDEX announcements_clusters;
DROP INDEX announcements_feed;
CREATE INDEX announcements_feed ON announcements (marketplace, tx);
ALTER TABLE announcements DROP COLUMN cluster;
