-- nlu/ ---------------------------------------------------------------------------------------------------------------
-- What a version was trained on: 'shop', the shop's own phrases, or another file's path.
ALTER TABLE intent_models ADD COLUMN source TEXT NOT NULL DEFAULT 'shop';
