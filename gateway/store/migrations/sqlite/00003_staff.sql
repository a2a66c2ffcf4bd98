-- +goose Up
-- What staff and operators did. Nothing is changed or deleted but by the end of its keeping.
CREATE TABLE audit (
    tenant TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    id     TEXT   NOT NULL,
    actor  TEXT   NOT NULL,
    act    TEXT   NOT NULL,
    object TEXT   NOT NULL,
    detail TEXT   NOT NULL,
    PRIMARY KEY (tenant, at, id)
) WITHOUT ROWID;

-- Assistants that somebody switched off, or on again.
CREATE TABLE switches (
    tenant    TEXT     NOT NULL,
    assistant TEXT     NOT NULL,
    is_on     SMALLINT NOT NULL,
    since     BIGINT   NOT NULL,
    person    TEXT     NOT NULL,
    reason    TEXT     NOT NULL,
    PRIMARY KEY (tenant, assistant)
);

-- The operator's list of turns, newest first.
CREATE INDEX turns_opened ON turns (tenant, opened);
