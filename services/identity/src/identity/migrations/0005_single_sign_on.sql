-- JX-01: arriving from the province's education cloud. Old code survives this: it does not know the tables.
CREATE TABLE sso_links (
    provider   text NOT NULL,
    subject    text NOT NULL,
    account_id uuid NOT NULL REFERENCES accounts,
    made_at    timestamptz NOT NULL,
    PRIMARY KEY (provider, subject),
    UNIQUE (provider, account_id)
);
CREATE INDEX sso_links_account ON sso_links (account_id);

-- One arrival: its state is good once, and so is the ticket that it ends in.
CREATE TABLE sso_arrivals (
    state      bytea PRIMARY KEY,
    provider   text NOT NULL,
    until      timestamptz NOT NULL,
    ticket     bytea UNIQUE,
    account_id uuid REFERENCES accounts,
    used_at    timestamptz
);
CREATE INDEX sso_arrivals_age ON sso_arrivals (until);
