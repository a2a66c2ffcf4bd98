-- +goose Up
ALTER TABLE orders ADD COLUMN revision BIGINT NOT NULL DEFAULT 1; -- counts up with every change
ALTER TABLE people ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;

-- Versioned data that decides about actions.
CREATE TABLE rules (
    tenant  TEXT COLLATE "C"   NOT NULL,
    id      TEXT COLLATE "C"   NOT NULL,
    starts  BIGINT NOT NULL,
    version TEXT COLLATE "C"   NOT NULL,
    data    TEXT COLLATE "C"   NOT NULL,
    PRIMARY KEY (tenant, id, starts)
);

-- Writes that wait for a yes. A confirmed one is its own outbox row: due says when it is asked about again.
CREATE TABLE proposals (
    tenant       TEXT COLLATE "C"   NOT NULL,
    id           TEXT COLLATE "C"   NOT NULL,
    conversation TEXT COLLATE "C"   NOT NULL,
    tool         TEXT COLLATE "C"   NOT NULL,
    record       TEXT COLLATE "C"   NOT NULL,
    owner        TEXT COLLATE "C"   NOT NULL, -- whose record it is, as one word
    planner      TEXT COLLATE "C"   NOT NULL, -- whose assistant planned it
    state        TEXT COLLATE "C"   NOT NULL,
    expires      BIGINT NOT NULL,
    due          BIGINT NOT NULL DEFAULT 0,
    tries        BIGINT NOT NULL DEFAULT 0,
    data         TEXT COLLATE "C"   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX proposals_open ON proposals (tenant, conversation, tool, record) WHERE state = 'open';
CREATE INDEX proposals_due ON proposals (due) WHERE state = 'confirmed' OR state = 'unclear';
CREATE INDEX proposals_conversation ON proposals (tenant, conversation);

-- What was done once: the key, and what came of it.
CREATE TABLE effects (
    tenant TEXT COLLATE "C"   NOT NULL,
    key    TEXT COLLATE "C"   NOT NULL,
    hash   BYTEA   NOT NULL, -- of the action
    at     BIGINT NOT NULL,
    data   TEXT COLLATE "C"   NOT NULL,
    PRIMARY KEY (tenant, key)
);
