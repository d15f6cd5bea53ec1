-- The audit trail is only ever added to: marked, so that the service's role gets no right to change it.
COMMENT ON TABLE audit IS 'append-only: who looked at or changed what';
