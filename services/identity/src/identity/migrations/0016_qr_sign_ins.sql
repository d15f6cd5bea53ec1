-- CS-03: signing in on a computer with a signed-in phone. Old code survives this: it does not know the table.
SET LOCAL lock_timeout = '5s';
CREATE TABLE qr_sign_ins (
    id         uuid PRIMARY KEY,
    code       bytea NOT NULL UNIQUE,
    secret     bytea NOT NULL,
    client     text NOT NULL,
    device     text NOT NULL,
    state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'allowed', 'refused', 'used')),
    account_id uuid REFERENCES accounts,
    card_id    uuid REFERENCES cards,
    session_id uuid,
    made_at    timestamptz NOT NULL,
    until      timestamptz NOT NULL,
    CHECK ((state IN ('allowed', 'used')) <= (account_id IS NOT NULL AND session_id IS NOT NULL))
);
COMMENT ON TABLE qr_sign_ins IS 'QR codes on computers that wait for a phone; kept for an hour. code and secret are digests';
CREATE INDEX qr_sign_ins_age ON qr_sign_ins (until);
CREATE INDEX qr_sign_ins_client ON qr_sign_ins (client, until);
