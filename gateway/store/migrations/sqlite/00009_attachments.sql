-- +goose Up
-- Pictures that shoppers sent. One that no message shows yet waits for its conversation, a day.
CREATE TABLE attachments (
    tenant       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    conversation TEXT   NOT NULL,
    subject      TEXT   NOT NULL, -- whose it is
    type         TEXT   NOT NULL,
    width        BIGINT NOT NULL,
    height       BIGINT NOT NULL,
    size         BIGINT NOT NULL,
    digest       TEXT   NOT NULL,
    created      BIGINT NOT NULL,
    sent         BIGINT NOT NULL DEFAULT 0, -- 1: a message shows it
    data         BLOB   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX attachments_conversation ON attachments (tenant, conversation);
CREATE INDEX attachments_subject ON attachments (tenant, subject);
CREATE INDEX attachments_unsent ON attachments (tenant, created) WHERE sent = 0;
