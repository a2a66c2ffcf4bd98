-- +goose Up
ALTER TABLE conversations ADD COLUMN state TEXT NOT NULL DEFAULT 'open'; -- open, closed
ALTER TABLE conversations ADD COLUMN segment BIGINT NOT NULL DEFAULT 0; -- counts up with every hand-back
ALTER TABLE conversations ADD COLUMN since BIGINT NOT NULL DEFAULT 0; -- the assistant reads what stands behind this place
ALTER TABLE conversations ADD COLUMN waiting BIGINT NOT NULL DEFAULT 0; -- since when somebody waits for a person's answer; 0 = nobody
ALTER TABLE conversations ADD COLUMN reason TEXT NOT NULL DEFAULT ''; -- of the last handoff
ALTER TABLE conversations ADD COLUMN gist TEXT NOT NULL DEFAULT ''; -- its summary
ALTER TABLE conversations ADD COLUMN priority BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE conversations ADD COLUMN said TEXT NOT NULL DEFAULT ''; -- the last words, for the queue
CREATE INDEX conversations_desk ON conversations (tenant, state, owner, updated);

CREATE TABLE clocks (
    tenant       TEXT   NOT NULL,
    conversation TEXT   NOT NULL,
    name         TEXT   NOT NULL, -- handoff_wait, next_reply …
    definition   TEXT   NOT NULL,
    started      BIGINT NOT NULL,
    warns        BIGINT NOT NULL,
    due          BIGINT NOT NULL,
    stopped      BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, conversation, name)
);
