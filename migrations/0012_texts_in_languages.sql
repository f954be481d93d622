-- What items are called in other languages than the shop's own.
CREATE TABLE item_texts (
    item_id TEXT NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    locale TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    -- JSON: the path of the category, widest first, level by level as the item's own.
    category TEXT NOT NULL,
    -- JSON: values by the names of the item's own attributes.
    attributes TEXT NOT NULL,
    PRIMARY KEY (item_id, locale)
);
