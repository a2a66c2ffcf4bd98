-- +goose Up
-- Times are UTC microseconds. Documents are JSON text in `data`; a column beside it is there because a query needs it.

CREATE TABLE tenants (
    id         TEXT   NOT NULL PRIMARY KEY,
    data       TEXT   NOT NULL,
    products   BIGINT NOT NULL DEFAULT 0, -- revision: counts up with every product that changes
    passages   BIGINT NOT NULL DEFAULT 0, -- revision: counts up with every document that changes
    generation BIGINT NOT NULL DEFAULT 0, -- of the index: counts up with reindex
    created    BIGINT NOT NULL
);

CREATE TABLE keys (
    id       TEXT     NOT NULL PRIMARY KEY,
    hash     BLOB     NOT NULL UNIQUE,
    tenant   TEXT     NOT NULL,
    role     TEXT     NOT NULL,
    merchant TEXT     NOT NULL,
    person   TEXT     NOT NULL,
    origin   TEXT     NOT NULL,
    revoked  SMALLINT NOT NULL DEFAULT 0,
    created  BIGINT   NOT NULL
);

CREATE TABLE secrets (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
);

CREATE TABLE products (
    tenant   TEXT     NOT NULL,
    id       TEXT     NOT NULL,
    revision BIGINT   NOT NULL,
    deleted  SMALLINT NOT NULL DEFAULT 0, -- a tombstone, for those who follow
    hash     BLOB     NOT NULL,
    merchant TEXT     NOT NULL,
    data     TEXT     NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX products_revision ON products (tenant, revision);

CREATE TABLE imports (
    tenant   TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    position BIGINT NOT NULL, -- in the feed: reading goes on here
    numbered BIGINT NOT NULL, -- rows staged so far, those replaced later included
    touched  BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE staged (
    tenant   TEXT   NOT NULL,
    import   TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    number   BIGINT NOT NULL,
    hash     BLOB   NOT NULL,
    merchant TEXT   NOT NULL,
    data     TEXT   NOT NULL,
    PRIMARY KEY (tenant, import, id)
);
CREATE INDEX staged_number ON staged (tenant, import, number);

CREATE TABLE rejected (
    tenant TEXT   NOT NULL,
    import TEXT   NOT NULL,
    line   BIGINT NOT NULL,
    field  TEXT   NOT NULL,
    reason TEXT   NOT NULL,
    PRIMARY KEY (tenant, import, line, field, reason)
);

CREATE TABLE passages (
    tenant   TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    document TEXT   NOT NULL,
    version  TEXT   NOT NULL,
    number   BIGINT NOT NULL,
    data     TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX passages_document ON passages (tenant, document, number);

CREATE TABLE vectors (
    model TEXT NOT NULL,
    hash  TEXT NOT NULL,
    data  BLOB NOT NULL, -- float32, little endian
    PRIMARY KEY (model, hash)
);

CREATE TABLE merchants (
    tenant TEXT NOT NULL,
    id     TEXT NOT NULL,
    data   TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE offers (
    tenant TEXT   NOT NULL,
    id     TEXT   NOT NULL,
    data   TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE people (
    tenant TEXT NOT NULL,
    id     TEXT NOT NULL,
    data   TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE orders (
    tenant  TEXT   NOT NULL,
    id      TEXT   NOT NULL,
    shopper TEXT   NOT NULL,
    placed  BIGINT NOT NULL,
    data    TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX orders_shopper ON orders (tenant, shopper, placed);

CREATE TABLE reviews (
    tenant  TEXT   NOT NULL,
    id      TEXT   NOT NULL,
    product TEXT   NOT NULL,
    written BIGINT NOT NULL,
    data    TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX reviews_product ON reviews (tenant, product, written);

CREATE TABLE conversations (
    tenant      TEXT     NOT NULL,
    id          TEXT     NOT NULL,
    subject     TEXT     NOT NULL, -- whose it is: role, merchant and person, as one word
    principal   TEXT     NOT NULL,
    task        TEXT     NOT NULL,
    lang        TEXT     NOT NULL,
    title       TEXT     NOT NULL,
    owner       TEXT     NOT NULL, -- who answers: assistant, queue, agent
    agent       TEXT     NOT NULL,
    revision    BIGINT   NOT NULL,
    turns       BIGINT   NOT NULL,
    last_user   TEXT     NOT NULL,
    summary     TEXT     NOT NULL,
    summarised  BIGINT   NOT NULL, -- the last message that summary covers
    created     BIGINT   NOT NULL,
    updated     BIGINT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX conversations_subject ON conversations (tenant, subject, updated);
CREATE INDEX conversations_updated ON conversations (tenant, updated);

-- A place is turn number × 2^20 + n: what a turn wrote stays with it, however late it came.
CREATE TABLE messages (
    tenant       TEXT     NOT NULL,
    conversation TEXT     NOT NULL,
    place        BIGINT   NOT NULL,
    id           TEXT     NOT NULL,
    role         TEXT     NOT NULL,
    replaced     SMALLINT NOT NULL DEFAULT 0,
    data         TEXT     NOT NULL,
    PRIMARY KEY (tenant, conversation, place)
);
CREATE UNIQUE INDEX messages_user ON messages (tenant, conversation, id) WHERE role = 'user';

CREATE TABLE evidence (
    tenant       TEXT   NOT NULL,
    conversation TEXT   NOT NULL,
    place        BIGINT NOT NULL,
    data         TEXT   NOT NULL,
    PRIMARY KEY (tenant, conversation, place)
);

CREATE TABLE turns (
    tenant       TEXT     NOT NULL,
    conversation TEXT     NOT NULL,
    number       BIGINT   NOT NULL,
    id           TEXT     NOT NULL,
    state        TEXT     NOT NULL, -- open, done, interrupted, abandoned
    message      TEXT     NOT NULL, -- the user message that it answers
    regenerate   SMALLINT NOT NULL,
    opened       BIGINT   NOT NULL,
    expires      BIGINT   NOT NULL, -- an open turn past this lost its process
    closed       BIGINT   NOT NULL DEFAULT 0,
    ending       TEXT     NOT NULL DEFAULT '',
    rung         TEXT     NOT NULL DEFAULT '',
    prompt       TEXT     NOT NULL DEFAULT '',
    struck       BIGINT   NOT NULL DEFAULT 0,
    usage        TEXT     NOT NULL DEFAULT '{}',
    events       TEXT     NOT NULL DEFAULT '[]',
    PRIMARY KEY (tenant, conversation, number)
);
CREATE INDEX turns_message ON turns (tenant, conversation, message, number);
CREATE UNIQUE INDEX turns_open ON turns (tenant, conversation) WHERE state = 'open';

CREATE TABLE feedback (
    tenant       TEXT     NOT NULL,
    conversation TEXT     NOT NULL,
    message      TEXT     NOT NULL,
    value        SMALLINT NOT NULL,
    note         TEXT     NOT NULL,
    given        BIGINT   NOT NULL,
    PRIMARY KEY (tenant, conversation, message)
);

CREATE TABLE replies (
    tenant  TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    key     TEXT   NOT NULL,
    hash    BLOB   NOT NULL,
    state   TEXT   NOT NULL, -- running, done
    reply   BLOB   NOT NULL,
    claimed BIGINT NOT NULL,
    expires BIGINT NOT NULL, -- a running one past this lost its process
    PRIMARY KEY (tenant, subject, key)
);
CREATE INDEX replies_claimed ON replies (tenant, claimed);
