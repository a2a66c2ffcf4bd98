-- +goose Up
ALTER TABLE keys ADD COLUMN limits TEXT NOT NULL DEFAULT '{}';
ALTER TABLE keys ADD COLUMN expires BIGINT NOT NULL DEFAULT 0; -- 0 = never; an old key that a new one replaces lives on until then

-- The processes that share the database. An open turn is alive as long as its process is heard of.
CREATE TABLE replicas (
    id   TEXT   NOT NULL PRIMARY KEY,
    seen BIGINT NOT NULL
);
ALTER TABLE turns ADD COLUMN replica TEXT NOT NULL DEFAULT '';
ALTER TABLE replies ADD COLUMN replica TEXT NOT NULL DEFAULT '';

-- One row for each call of a model. Clustered by time: reports and the end of their keeping read and drop stretches of it.
CREATE TABLE calls (
    tenant       TEXT     NOT NULL,
    at           BIGINT   NOT NULL,
    id           TEXT     NOT NULL,
    key          TEXT     NOT NULL,
    person       TEXT     NOT NULL, -- whose request it was: role, merchant and person, as one word
    conversation TEXT     NOT NULL,
    turn         TEXT     NOT NULL,
    assistant    TEXT     NOT NULL, -- '' = raw
    alias        TEXT     NOT NULL,
    rung         TEXT     NOT NULL,
    target       TEXT     NOT NULL,
    provider     TEXT     NOT NULL,
    input        BIGINT   NOT NULL,
    cached       BIGINT   NOT NULL,
    output       BIGINT   NOT NULL,
    reasoning    BIGINT   NOT NULL,
    nano         BIGINT   NOT NULL, -- cost in 1e-9 of the currency's unit
    first        BIGINT   NOT NULL, -- microseconds to the first word; 0 = none came
    took         BIGINT   NOT NULL, -- microseconds
    ending       TEXT     NOT NULL,
    status       BIGINT   NOT NULL,
    problem      TEXT     NOT NULL,
    marks        BIGINT   NOT NULL, -- 1 estimated, 2 hedge, 4 cached
    PRIMARY KEY (tenant, at, id)
) WITHOUT ROWID;
