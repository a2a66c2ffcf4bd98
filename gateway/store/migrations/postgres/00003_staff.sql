-- +goose Up
-- What staff and operators did. Nothing is changed or deleted but by the end of its keeping.
CREATE TABLE audit (
    tenant TEXT COLLATE "C"   NOT NULL,
    at     BIGINT NOT NULL,
    id     TEXT COLLATE "C"   NOT NULL,
    actor  TEXT COLLATE "C"   NOT NULL,
    act    TEXT COLLATE "C"   NOT NULL,
    object TEXT COLLATE "C"   NOT NULL,
    detail TEXT COLLATE "C"   NOT NULL,
    PRIMARY KEY (tenant, at, id)
);

-- Assistants that somebody switched off, or on again.
CREATE TABLE switches (
    tenant    TEXT COLLATE "C"     NOT NULL,
    assistant TEXT COLLATE "C"     NOT NULL,
    is_on     SMALLINT NOT NULL,
    since     BIGINT   NOT NULL,
    person    TEXT COLLATE "C"     NOT NULL,
    reason    TEXT COLLATE "C"     NOT NULL,
    PRIMARY KEY (tenant, assistant)
);

-- The operator's list of turns, newest first.
CREATE INDEX turns_opened ON turns (tenant, opened);
