-- L-01, L-02, L-11, L-19: offered and suspended cards, slips per issuer, former login names. Stop older code first: it takes an offer for a card.
SET LOCAL lock_timeout = '5s';
ALTER TABLE cards ADD COLUMN activated_at timestamptz DEFAULT now(), ADD COLUMN suspended_at timestamptz;
COMMENT ON COLUMN cards.activated_at IS 'NULL: only offered, until the holder proves it';
COMMENT ON COLUMN cards.suspended_at IS 'set: gives no rights until the holder proves it again';

-- The cards that give rights. Whatever decides about access reads this view, not the table.
CREATE VIEW active_cards AS
SELECT * FROM cards WHERE revoked_at IS NULL AND suspended_at IS NULL AND activated_at IS NOT NULL;

-- One open password for each account and issuing organisation. `organisation` is the school, or the unit above; ''
-- is the operator's. The issuer's card is read again when the password is used.
CREATE TABLE one_time_passwords (
    id             uuid PRIMARY KEY,
    account_id     uuid NOT NULL REFERENCES accounts,
    mac            bytea NOT NULL,
    organisation   ltree NOT NULL,
    issuer_card    uuid,
    issuer_role    text,
    issuer_path    ltree,
    issuer_student uuid,
    made_at        timestamptz NOT NULL DEFAULT now(),
    until          timestamptz NOT NULL,
    ended_at       timestamptz,
    ended_by       text CHECK (ended_by IN ('used', 'replaced', 'withdrawn')),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE UNIQUE INDEX one_time_passwords_open ON one_time_passwords (account_id, organisation) WHERE ended_at IS NULL;
CREATE INDEX one_time_passwords_account ON one_time_passwords (account_id);
CREATE INDEX one_time_passwords_age ON one_time_passwords (until);
INSERT INTO one_time_passwords (id, account_id, mac, organisation, until)
SELECT gen_random_uuid(), account_id, one_time_mac, '', one_time_until FROM credentials WHERE one_time_mac IS NOT NULL;
UPDATE credentials SET one_time_mac = NULL, one_time_until = NULL WHERE one_time_mac IS NOT NULL;

-- A number that now belongs to somebody else, or that the holder gave up: the old password still finds the old account.
CREATE TABLE former_login_names (
    username   text NOT NULL,
    account_id uuid NOT NULL REFERENCES accounts,
    until      timestamptz NOT NULL,
    PRIMARY KEY (username, account_id)
);
CREATE INDEX former_login_names_account ON former_login_names (account_id);

-- What the school registered, which may differ from the account's login name later.
ALTER TABLE guardians ADD COLUMN phone text;
UPDATE guardians g SET phone = a.username FROM accounts a WHERE a.id = g.account_id;

-- What was done to an account by others; shown to its holder at the next sign-in, also without any card.
CREATE TABLE security_notices (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts,
    what       text NOT NULL,
    at         timestamptz NOT NULL,
    by_title   text,
    seen_at    timestamptz
);
CREATE INDEX security_notices_account ON security_notices (account_id, id);

ALTER TABLE sessions ADD COLUMN device text;
ALTER TABLE refresh_tokens ADD COLUMN used_from text;
ALTER TABLE password_resets ADD COLUMN given_card uuid, ADD COLUMN given_role text, ADD COLUMN given_path ltree,
    ADD COLUMN given_student uuid, ADD COLUMN suspends boolean NOT NULL DEFAULT false;
