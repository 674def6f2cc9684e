-- +goose Up

-- The cluster that numbered the row; there is one here.
ALTER TABLE announcements ADD COLUMN cluster INTEGER NOT NULL DEFAULT 0;
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
