-- What an item costs the shop, in the currency of its price; NULL: not known. No page and no interface shows it.
ALTER TABLE items ADD COLUMN cost BIGINT;
