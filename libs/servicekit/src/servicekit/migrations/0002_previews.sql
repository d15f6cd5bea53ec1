-- Files get a small picture for lists, and an order of keys in which storage and rows can be compared.
ALTER TABLE files ADD COLUMN preview_key text;
CREATE INDEX files_in_order ON files (object_key COLLATE "C");
CREATE INDEX files_held ON files (attached_to) WHERE attached_to IS NOT NULL;
