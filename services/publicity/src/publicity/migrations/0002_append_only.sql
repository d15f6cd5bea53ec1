-- Looks at the board and steps of cases are only ever added: marked, so that the service's role gets no right to change them.
COMMENT ON TABLE board_views IS 'append-only: who looked at what on the board';
COMMENT ON TABLE case_steps IS 'append-only: every step of a case with its reason';
