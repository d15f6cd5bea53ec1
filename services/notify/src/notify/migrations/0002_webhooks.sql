-- Outside systems are told what happens at a place: subscriptions, what they are told (ids only), each delivery's end.
CREATE TABLE webhooks (
    id              uuid PRIMARY KEY,
    path            ltree NOT NULL,
    title           text NOT NULL,
    url             text NOT NULL,
    types           text[] NOT NULL,
    active          boolean NOT NULL DEFAULT true,
    failures        integer NOT NULL DEFAULT 0,
    disabled_reason text,
    made_by         uuid NOT NULL,
    secret          text NOT NULL,
    old_secret      text,
    old_until       timestamptz,
    made_at         timestamptz NOT NULL,
    version         integer NOT NULL DEFAULT 1
);
COMMENT ON COLUMN webhooks.secret IS 'Sealed; the key is outside the database.';
CREATE INDEX webhooks_path ON webhooks USING gist (path);

CREATE TABLE webhook_events (
    id      uuid PRIMARY KEY,
    type    text NOT NULL,
    body    bytea NOT NULL,
    made_at timestamptz NOT NULL
);
CREATE INDEX webhook_events_age ON webhook_events (made_at);

CREATE TABLE deliveries (
    id            uuid PRIMARY KEY,
    webhook_id    uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    event_id      uuid NOT NULL REFERENCES webhook_events ON DELETE CASCADE,
    state         text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'waiting', 'delivered', 'failed')),
    tries         integer NOT NULL DEFAULT 0,
    status        integer,
    error         text,
    made_at       timestamptz NOT NULL,
    next_at       timestamptz,
    done_at       timestamptz,
    claimed_until timestamptz
);
COMMENT ON COLUMN deliveries.state IS 'ready: to be sent now; waiting: a due row makes it ready again.';
CREATE INDEX deliveries_log ON deliveries (webhook_id, id);
CREATE INDEX deliveries_ready ON deliveries (id) WHERE state = 'ready';
CREATE INDEX deliveries_event ON deliveries (event_id);
