-- After a change of name the next archive has the new name everywhere, and names the former one (L-18).
SET LOCAL lock_timeout = '5s';
ALTER TABLE archives ADD COLUMN former_name text;
