-- +goose Up
-- Replies that were suggested to agents. A suggestion is bound to the customer's message that it answers.
CREATE TABLE suggestions (
    tenant       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    conversation TEXT   NOT NULL,
    message      TEXT   NOT NULL,
    subject      TEXT   NOT NULL, -- whose records it tells of
    place        BIGINT NOT NULL, -- among those of its message
    state        TEXT   NOT NULL,
    intent       TEXT   NOT NULL,
    source       TEXT   NOT NULL,
    prompt       TEXT   NOT NULL,
    created      BIGINT NOT NULL,
    distance     DOUBLE PRECISION NOT NULL DEFAULT 0,
    data         TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX suggestions_conversation ON suggestions (tenant, conversation, message, place);
CREATE INDEX suggestions_created ON suggestions (tenant, created);

-- What happened to them. Kept without texts, so that their worth can be told when conversations are gone.
CREATE TABLE suggestion_events (
    tenant     TEXT   NOT NULL,
    suggestion TEXT   NOT NULL,
    kind       TEXT   NOT NULL, -- a state, or edited
    at         BIGINT NOT NULL,
    agent      TEXT   NOT NULL DEFAULT '',
    reason     TEXT   NOT NULL DEFAULT '',
    note       TEXT   NOT NULL DEFAULT '',
    intent     TEXT   NOT NULL,
    source     TEXT   NOT NULL,
    prompt     TEXT   NOT NULL,
    distance   DOUBLE PRECISION NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, suggestion, kind)
);
CREATE INDEX suggestion_events_at ON suggestion_events (tenant, at);

ALTER TABLE conversations ADD COLUMN suggested TEXT NOT NULL DEFAULT ''; -- the message that has its suggestions
ALTER TABLE conversations ADD COLUMN suggesting BIGINT NOT NULL DEFAULT 0; -- until when somebody makes them
CREATE INDEX conversations_suggesting ON conversations (suggesting) WHERE state = 'open' AND owner <> 'assistant' AND waiting > 0 AND suggested <> last_user;
