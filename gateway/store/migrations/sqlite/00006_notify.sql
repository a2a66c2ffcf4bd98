-- +goose Up
-- What is to be mailed or posted, and what became of it. A row that is settled has no payload any more.
CREATE TABLE outbox (
    tenant  TEXT   NOT NULL,
    id      TEXT   NOT NULL, -- receivers know a repeated message by it
    kind    TEXT   NOT NULL, -- mail, webhook
    topic   TEXT   NOT NULL, -- which mail, or the event
    target  TEXT   NOT NULL, -- address of a webhook; '' = all that the configuration has for the event
    person  TEXT   NOT NULL, -- whom it tells of, as one word; '' = nobody
    state   TEXT   NOT NULL, -- waiting, sent, failed
    tries   BIGINT NOT NULL DEFAULT 0,
    due     BIGINT NOT NULL, -- a waiting one that is due is nobody's; leasing it moves this on
    created BIGINT NOT NULL,
    problem TEXT   NOT NULL DEFAULT '', -- of the last try
    payload TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX outbox_due ON outbox (due) WHERE state = 'waiting';
CREATE INDEX outbox_settled ON outbox (created) WHERE state <> 'waiting';

-- Codes by which somebody who asked proves an e-mail address.
CREATE TABLE codes (
    tenant  TEXT   NOT NULL,
    subject TEXT   NOT NULL, -- who asked, as one word
    email   TEXT   NOT NULL, -- folded
    id      TEXT   NOT NULL, -- of this request
    person  TEXT   NOT NULL DEFAULT '', -- whose address it is; '' = nobody's, or not yet looked up
    hash    BLOB   NOT NULL, -- '' = none was made
    tries   BIGINT NOT NULL DEFAULT 0,
    expires BIGINT NOT NULL,
    PRIMARY KEY (tenant, subject, email)
);
CREATE INDEX codes_expires ON codes (tenant, expires);

ALTER TABLE people ADD COLUMN email TEXT NOT NULL DEFAULT ''; -- folded
UPDATE people SET email = lower(trim(coalesce(data ->> 'Email', '')));
CREATE INDEX people_email ON people (tenant, email) WHERE email <> '';
