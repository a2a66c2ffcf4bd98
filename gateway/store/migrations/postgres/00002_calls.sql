-- +goose Up
ALTER TABLE keys ADD COLUMN limits TEXT COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE keys ADD COLUMN expires BIGINT NOT NULL DEFAULT 0; -- 0 = never; an old key that a new one replaces lives on until then

-- The processes that share the database. An open turn is alive as long as its process is heard of.
CREATE TABLE replicas (
    id   TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    seen BIGINT NOT NULL
);
ALTER TABLE turns ADD COLUMN replica TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE replies ADD COLUMN replica TEXT COLLATE "C" NOT NULL DEFAULT '';

-- One row for each call of a model. Clustered by time: reports and the end of their keeping read and drop stretches of it.
CREATE TABLE calls (
    tenant       TEXT COLLATE "C"     NOT NULL,
    at           BIGINT   NOT NULL,
    id           TEXT COLLATE "C"     NOT NULL,
    key          TEXT COLLATE "C"     NOT NULL,
    person       TEXT COLLATE "C"     NOT NULL, -- whose request it was: role, merchant and person, as one word
    conversation TEXT COLLATE "C"     NOT NULL,
    turn         TEXT COLLATE "C"     NOT NULL,
    assistant    TEXT COLLATE "C"     NOT NULL, -- '' = raw
    alias        TEXT COLLATE "C"     NOT NULL,
    rung         TEXT COLLATE "C"     NOT NULL,
    target       TEXT COLLATE "C"     NOT NULL,
    provider     TEXT COLLATE "C"     NOT NULL,
    input        BIGINT   NOT NULL,
    cached       BIGINT   NOT NULL,
    output       BIGINT   NOT NULL,
    reasoning    BIGINT   NOT NULL,
    nano         BIGINT   NOT NULL, -- cost in 1e-9 of the currency's unit
    first        BIGINT   NOT NULL, -- microseconds to the first word; 0 = none came
    took         BIGINT   NOT NULL, -- microseconds
    ending       TEXT COLLATE "C"     NOT NULL,
    status       BIGINT   NOT NULL,
    problem      TEXT COLLATE "C"     NOT NULL,
    marks        BIGINT   NOT NULL, -- 1 estimated, 2 hedge, 4 cached
    PRIMARY KEY (tenant, at, id)
);
