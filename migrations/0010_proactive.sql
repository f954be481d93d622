-- proactive/ ---------------------------------------------------------------------------------------------------------
-- A message that the widget came to show by itself, and what came of it.
CREATE TABLE proactive_exposures (
    id           TEXT PRIMARY KEY,
    -- Its name in the configuration.
    trigger_name TEXT NOT NULL,
    -- The page's random number for the shopper; of one who did not agree to be remembered, for the open tab.
    visitor      TEXT NOT NULL,
    arm          TEXT NOT NULL CHECK (arm IN ('shown', 'held_out')),
    campaign     TEXT,
    -- Where the shopper took it up, and it became a word of the shop's own.
    conversation TEXT,
    -- The day in the shop's time zone, as 2026-11-24, and which of that day's it is.
    day          TEXT NOT NULL,
    number       BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    clicked_at   BIGINT,
    dismissed_at BIGINT,
    -- When the shopper wrote in the chat afterwards.
    replied_at   BIGINT,
    -- Two tabs at once don't show more than one would.
    UNIQUE (trigger_name, visitor, day, number)
);
CREATE INDEX proactive_exposures_by_time ON proactive_exposures (at);
CREATE INDEX proactive_exposures_by_visitor ON proactive_exposures (visitor);
