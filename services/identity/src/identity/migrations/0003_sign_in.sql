-- JX-01: pictures to read after failures. Old code survives this: it does not know the table.
CREATE TABLE captchas (
    id     uuid PRIMARY KEY,
    answer bytea NOT NULL,
    until  timestamptz NOT NULL
);
CREATE INDEX captchas_age ON captchas (until);
