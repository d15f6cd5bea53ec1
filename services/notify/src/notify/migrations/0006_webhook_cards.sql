-- L-11: a webhook ends with the card of whoever made it. Old code survives this: its webhooks have no card and go on as before.
ALTER TABLE webhooks ADD COLUMN made_by_card uuid;
CREATE INDEX webhooks_card ON webhooks (made_by_card) WHERE active;
