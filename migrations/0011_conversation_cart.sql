-- chat/ ---------------------------------------------------------------------------------------------------------------
-- carts.id of the browser that has the conversation, where the shop's own cart is used; NULL: the page has none.
ALTER TABLE conversations ADD COLUMN cart TEXT;
