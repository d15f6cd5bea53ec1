-- Deliveries wait in the table of scheduled jobs now: what is ready or waiting gets a job each, in the group of its webhook.
-- Processes of the release before may still claim deliveries while an upgrade rolls, and send one twice, under one webhook-id.
INSERT INTO jobs (id, at, what, key, group_key, payload)
SELECT uuidv7(), coalesce(next_at, claimed_until, now()), 'deliver_webhook', id::text, webhook_id::text, '{}'
  FROM deliveries WHERE state IN ('ready', 'waiting');
DELETE FROM jobs WHERE what = 'retry_delivery';
CREATE INDEX deliveries_open ON deliveries (made_at) WHERE state IN ('ready', 'waiting');
COMMENT ON COLUMN deliveries.state IS 'ready: to be sent now; waiting: to be sent again at next_at; a job of the same id does both.';
COMMENT ON COLUMN deliveries.claimed_until IS 'Unused; goes with its indexes in the next release.';
