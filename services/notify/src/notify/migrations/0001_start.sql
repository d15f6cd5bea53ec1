-- Messages by address, who has read them, what still waits to be handled; shaped so that unread counts stay cheap.
CREATE TABLE terms (
    term_id        uuid PRIMARY KEY,
    path           ltree NOT NULL,
    title          text NOT NULL,
    scheme_id      text NOT NULL,
    scheme_version text NOT NULL,
    time_zone      text NOT NULL,
    version        integer NOT NULL
);

CREATE TABLE messages (
    id       uuid PRIMARY KEY,
    place    uuid NOT NULL,
    address  text NOT NULL,
    kind     text NOT NULL,
    title    text NOT NULL,
    body     text NOT NULL,
    link     jsonb NOT NULL,
    facts    jsonb NOT NULL,
    path     ltree,
    count    integer NOT NULL DEFAULT 1,
    folds    boolean NOT NULL DEFAULT false,
    once     text,
    made_at  timestamptz NOT NULL
);
COMMENT ON COLUMN messages.place IS 'Where it stands in every list: a UUIDv7, new each time the message grows.';
COMMENT ON COLUMN messages.folds IS 'Nobody has read it yet: the next of its kind to this address joins it.';
COMMENT ON COLUMN messages.once IS 'What may be told to this address only once, whichever fact comes first.';
CREATE INDEX messages_newest ON messages (address, place);
CREATE INDEX messages_age ON messages (made_at);
CREATE UNIQUE INDEX messages_folding ON messages (address, kind) WHERE folds;
CREATE UNIQUE INDEX messages_once ON messages (address, once) WHERE once IS NOT NULL;

-- Per account: all of an address up to a place, and single messages above it.
CREATE TABLE read_up_to (
    account_id uuid NOT NULL,
    address    text NOT NULL,
    place      uuid NOT NULL,
    PRIMARY KEY (account_id, address)
);
CREATE TABLE read_marks (
    account_id uuid NOT NULL,
    message_id uuid NOT NULL REFERENCES messages ON DELETE CASCADE,
    PRIMARY KEY (account_id, message_id)
);
CREATE INDEX read_marks_of ON read_marks (message_id);

-- What to-do messages count. A row without a message was handled; it stays a while to outlast older facts that come late.
CREATE TABLE waiting (
    kind       text NOT NULL,
    thing      uuid NOT NULL,
    rank       bigint NOT NULL,
    message_id uuid REFERENCES messages ON DELETE SET NULL,
    touched_at timestamptz NOT NULL,
    PRIMARY KEY (kind, thing)
);
CREATE INDEX waiting_of ON waiting (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX waiting_handled ON waiting (touched_at) WHERE message_id IS NULL;
