-- L-07: classes are listed in their school's own order, or else in the natural order of their titles. Additive: rows of older
-- releases are by path until the next event about them.
SET LOCAL lock_timeout = '5s';
ALTER TABLE directory_organisations ADD COLUMN position integer, ADD COLUMN ordering ltree;
COMMENT ON COLUMN directory_organisations.position IS 'of a class: the school''s own order; null: by its title';
COMMENT ON COLUMN directory_organisations.ordering IS 'by this the school''s classes are in order (servicekit.directory.ordering); null: by path';
-- The sort key of a class or other organisation, also of one that is not known.
CREATE FUNCTION class_order(asked ltree) RETURNS ltree LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce((SELECT o.ordering FROM directory_organisations o WHERE o.path = asked), asked) $$;
