-- A message to a complainant was marked as read with their account, which said who complained: now it is the pseudonym (L-17).
CREATE FUNCTION reader_of(account uuid, address text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN address LIKE 'mark:%' THEN substr(address, 6, 32)::uuid ELSE account END
$$;
COMMENT ON FUNCTION reader_of IS 'Who has read a message to this address: the account, or the pseudonym that the address names.';
INSERT INTO read_up_to (account_id, address, place)
SELECT reader_of(account_id, address), address, max(place::text)::uuid FROM read_up_to WHERE address LIKE 'mark:%' GROUP BY 1, 2
    ON CONFLICT (account_id, address) DO UPDATE SET place = greatest(read_up_to.place, excluded.place);
DELETE FROM read_up_to WHERE address LIKE 'mark:%' AND account_id <> reader_of(account_id, address);
INSERT INTO read_marks (account_id, message_id)
SELECT reader_of(r.account_id, m.address), m.id FROM read_marks r JOIN messages m ON m.id = r.message_id
 WHERE m.address LIKE 'mark:%'
    ON CONFLICT DO NOTHING;
DELETE FROM read_marks r USING messages m
 WHERE m.id = r.message_id AND m.address LIKE 'mark:%' AND r.account_id <> reader_of(r.account_id, m.address);
