-- +goose Up
-- What a shopper gives a conversation, the last one.
CREATE TABLE ratings (
    tenant       TEXT     NOT NULL,
    conversation TEXT     NOT NULL,
    stars        SMALLINT NOT NULL, -- 1 to 5
    comment      TEXT     NOT NULL,
    agent        TEXT     NOT NULL, -- who of the shop answered last; '' = the assistant alone
    first        BIGINT   NOT NULL, -- when it was given first
    at           BIGINT   NOT NULL,
    PRIMARY KEY (tenant, conversation)
);
CREATE INDEX ratings_at ON ratings (tenant, at);
