-- +goose Up
ALTER TABLE conversations ADD COLUMN reopened BIGINT NOT NULL DEFAULT 0; -- counts up when a closed one is opened again

-- What a person of the shop says of a conversation: whether it came to its end. It holds until the customer writes again.
CREATE TABLE verdicts (
    tenant       TEXT     NOT NULL,
    conversation TEXT     NOT NULL,
    last_user    TEXT     NOT NULL, -- the customer's last message at that time
    resolved     SMALLINT NOT NULL,
    note         TEXT     NOT NULL,
    agent        TEXT     NOT NULL,
    at           BIGINT   NOT NULL,
    PRIMARY KEY (tenant, conversation)
);

-- Quality reads clocks by when they started.
CREATE INDEX clock_runs_started ON clock_runs (tenant, started);
CREATE INDEX clocks_open ON clocks (tenant, started) WHERE stopped = 0;
