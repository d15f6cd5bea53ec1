-- X-01: versions of a scheme are adopted per organisation and date. Old code survives this: it does not know the tables.
SET LOCAL lock_timeout = '5s';
CREATE TABLE scheme_adoptions (
    id             uuid PRIMARY KEY,
    path           ltree NOT NULL REFERENCES organisations,
    scheme_id      text NOT NULL,
    from_version   text NOT NULL,
    scheme_version text NOT NULL,
    starts_on      date NOT NULL,
    begins_at      timestamptz NOT NULL,
    running        text NOT NULL CHECK (running IN ('stay', 'move')),
    besides        uuid[] NOT NULL
);
COMMENT ON TABLE scheme_adoptions IS 'append-only: which version of its scheme an organisation adopts from when; besides: terms under way of which the contrary of `running` was chosen';
CREATE INDEX scheme_adoptions_path ON scheme_adoptions USING gist (path);

CREATE TABLE scheme_adoption_steps (
    adoption_id uuid NOT NULL REFERENCES scheme_adoptions,
    version     integer NOT NULL,
    state       text NOT NULL CHECK (state IN ('planned', 'withdrawn', 'in_force')),
    at          timestamptz NOT NULL,
    account_id  uuid,
    card_id     uuid,
    by_name     text NOT NULL,
    PRIMARY KEY (adoption_id, version)
);
COMMENT ON TABLE scheme_adoption_steps IS 'append-only: what became of an adoption, by whom and when; the last version counts';

CREATE VIEW scheme_adoption_states AS
SELECT a.*, o.title AS organisation, s.state, s.version, first.by_name, first.at AS adopted_at, s.at AS changed_at
  FROM scheme_adoptions a
  JOIN organisations o ON o.path = a.path
  JOIN scheme_adoption_steps first ON first.adoption_id = a.id AND first.version = 1
  JOIN LATERAL (SELECT * FROM scheme_adoption_steps n WHERE n.adoption_id = a.id ORDER BY n.version DESC LIMIT 1) s ON true;
