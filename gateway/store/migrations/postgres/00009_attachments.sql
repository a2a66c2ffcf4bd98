-- +goose Up
-- Pictures that shoppers sent. One that no message shows yet waits for its conversation, a day.
CREATE TABLE attachments (
    tenant       TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    conversation TEXT COLLATE "C" NOT NULL,
    subject      TEXT COLLATE "C" NOT NULL, -- whose it is
    type         TEXT COLLATE "C" NOT NULL,
    width        BIGINT NOT NULL,
    height       BIGINT NOT NULL,
    size         BIGINT NOT NULL,
    digest       TEXT COLLATE "C" NOT NULL,
    created      BIGINT NOT NULL,
    sent         BIGINT NOT NULL DEFAULT 0, -- 1: a message shows it
    data         BYTEA  NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX attachments_conversation ON attachments (tenant, conversation);
CREATE INDEX attachments_subject ON attachments (tenant, subject);
CREATE INDEX attachments_unsent ON attachments (tenant, created) WHERE sent = 0;
