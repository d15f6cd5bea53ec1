-- The tables every service has: facts out, facts in, what failed, what is due, answers kept, cards revoked.
CREATE TABLE outbox (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id     uuid NOT NULL UNIQUE,
    subject      text NOT NULL,
    aggregate    text NOT NULL,
    body         bytea NOT NULL,
    request_id   text,
    occurred_at  timestamptz NOT NULL,
    published_at timestamptz
);
CREATE INDEX outbox_waiting ON outbox (aggregate, seq) WHERE published_at IS NULL;
CREATE INDEX outbox_waiting_order ON outbox (seq) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;

CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    subject  text NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE dead_letters (
    id          uuid PRIMARY KEY,
    event_id    uuid,
    stream      text,
    stream_seq  bigint,
    subject     text NOT NULL,
    body        bytea NOT NULL,
    error       text NOT NULL,
    tries       integer NOT NULL,
    died_at     timestamptz NOT NULL DEFAULT now(),
    replayed_at timestamptz
);

CREATE TABLE due (
    id       uuid PRIMARY KEY,
    at       timestamptz NOT NULL,
    what     text NOT NULL,
    key      text NOT NULL,
    payload  jsonb NOT NULL,
    tries    integer NOT NULL DEFAULT 0,
    done_at  timestamptz,
    error    text,
    UNIQUE (what, key)
);
CREATE INDEX due_waiting ON due (at) WHERE done_at IS NULL;

CREATE TABLE idempotency (
    account_id uuid NOT NULL,
    key        text NOT NULL,
    route      text NOT NULL,
    digest     bytea NOT NULL,
    status     integer,
    body       bytea,
    headers    jsonb,
    made_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_age ON idempotency (made_at);

CREATE TABLE revoked_cards (
    card_id    uuid PRIMARY KEY,
    at         timestamptz NOT NULL
);

CREATE TABLE files (
    id          uuid PRIMARY KEY,
    owner_id    uuid NOT NULL,
    bucket      text NOT NULL,
    object_key  text NOT NULL UNIQUE,
    public_key  text,
    name        text NOT NULL,
    declared    text NOT NULL,
    media_type  text,
    max_bytes   bigint NOT NULL,
    size        bigint,
    sha256      text,
    state       text NOT NULL CHECK (state IN ('waiting', 'ready', 'refused')),
    reason      text,
    attached_to text,
    made_at     timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX files_loose ON files (expires_at) WHERE attached_to IS NULL;
