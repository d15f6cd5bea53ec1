-- What is ready is looked for subscription by subscription, so that a long queue of one hides no other's; the old index served one queue for all.
CREATE INDEX deliveries_ready_of ON deliveries (webhook_id, id) WHERE state = 'ready';
CREATE INDEX deliveries_taken ON deliveries (webhook_id) WHERE state = 'ready' AND claimed_until IS NOT NULL;
DROP INDEX deliveries_ready;
