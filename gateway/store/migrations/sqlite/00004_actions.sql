-- +goose Up
ALTER TABLE orders ADD COLUMN revision BIGINT NOT NULL DEFAULT 1; -- counts up with every change
ALTER TABLE people ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;

-- Versioned data that decides about actions.
CREATE TABLE rules (
    tenant  TEXT   NOT NULL,
    id      TEXT   NOT NULL,
    starts  BIGINT NOT NULL,
    version TEXT   NOT NULL,
    data    TEXT   NOT NULL,
    PRIMARY KEY (tenant, id, starts)
);

-- Writes that wait for a yes. A confirmed one is its own outbox row: due says when it is asked about again.
CREATE TABLE proposals (
    tenant       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    conversation TEXT   NOT NULL,
    tool         TEXT   NOT NULL,
    record       TEXT   NOT NULL,
    owner        TEXT   NOT NULL, -- whose record it is, as one word
    planner      TEXT   NOT NULL, -- whose assistant planned it
    state        TEXT   NOT NULL,
    expires      BIGINT NOT NULL,
    due          BIGINT NOT NULL DEFAULT 0,
    tries        BIGINT NOT NULL DEFAULT 0,
    data         TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX proposals_open ON proposals (tenant, conversation, tool, record) WHERE state = 'open';
CREATE INDEX proposals_due ON proposals (due) WHERE state = 'confirmed' OR state = 'unclear';
CREATE INDEX proposals_conversation ON proposals (tenant, conversation);

-- What was done once: the key, and what came of it.
CREATE TABLE effects (
    tenant TEXT   NOT NULL,
    key    TEXT   NOT NULL,
    hash   BLOB   NOT NULL, -- of the action
    at     BIGINT NOT NULL,
    data   TEXT   NOT NULL,
    PRIMARY KEY (tenant, key)
);
