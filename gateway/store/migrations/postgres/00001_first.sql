-- +goose Up
-- Times are UTC microseconds. Documents are JSON text in `data`; a column beside it is there because a query needs it.

CREATE TABLE tenants (
    id         TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    data       TEXT COLLATE "C"   NOT NULL,
    products   BIGINT NOT NULL DEFAULT 0, -- revision: counts up with every product that changes
    passages   BIGINT NOT NULL DEFAULT 0, -- revision: counts up with every document that changes
    generation BIGINT NOT NULL DEFAULT 0, -- of the index: counts up with reindex
    created    BIGINT NOT NULL
);

CREATE TABLE keys (
    id       TEXT COLLATE "C"     NOT NULL PRIMARY KEY,
    hash     BYTEA     NOT NULL UNIQUE,
    tenant   TEXT COLLATE "C"     NOT NULL,
    role     TEXT COLLATE "C"     NOT NULL,
    merchant TEXT COLLATE "C"     NOT NULL,
    person   TEXT COLLATE "C"     NOT NULL,
    origin   TEXT COLLATE "C"     NOT NULL,
    revoked  SMALLINT NOT NULL DEFAULT 0,
    created  BIGINT   NOT NULL
);

CREATE TABLE secrets (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);

CREATE TABLE products (
    tenant   TEXT COLLATE "C"     NOT NULL,
    id       TEXT COLLATE "C"     NOT NULL,
    revision BIGINT   NOT NULL,
    deleted  SMALLINT NOT NULL DEFAULT 0, -- a tombstone, for those who follow
    hash     BYTEA     NOT NULL,
    merchant TEXT COLLATE "C"     NOT NULL,
    data     TEXT COLLATE "C"     NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX products_revision ON products (tenant, revision);

CREATE TABLE imports (
    tenant   TEXT COLLATE "C"   NOT NULL,
    id       TEXT COLLATE "C"   NOT NULL,
    position BIGINT NOT NULL, -- in the feed: reading goes on here
    numbered BIGINT NOT NULL, -- rows staged so far, those replaced later included
    touched  BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE staged (
    tenant   TEXT COLLATE "C"   NOT NULL,
    import   TEXT COLLATE "C"   NOT NULL,
    id       TEXT COLLATE "C"   NOT NULL,
    number   BIGINT NOT NULL,
    hash     BYTEA   NOT NULL,
    merchant TEXT COLLATE "C"   NOT NULL,
    data     TEXT COLLATE "C"   NOT NULL,
    PRIMARY KEY (tenant, import, id)
);
CREATE INDEX staged_number ON staged (tenant, import, number);

CREATE TABLE rejected (
    tenant TEXT COLLATE "C"   NOT NULL,
    import TEXT COLLATE "C"   NOT NULL,
    line   BIGINT NOT NULL,
    field  TEXT COLLATE "C"   NOT NULL,
    reason TEXT COLLATE "C"   NOT NULL,
    PRIMARY KEY (tenant, import, line, field, reason)
);

CREATE TABLE passages (
    tenant   TEXT COLLATE "C"   NOT NULL,
    id       TEXT COLLATE "C"   NOT NULL,
    document TEXT COLLATE "C"   NOT NULL,
    version  TEXT COLLATE "C"   NOT NULL,
    number   BIGINT NOT NULL,
    data     TEXT COLLATE "C"   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX passages_document ON passages (tenant, document, number);

CREATE TABLE vectors (
    model TEXT COLLATE "C" NOT NULL,
    hash  TEXT COLLATE "C" NOT NULL,
    data  BYTEA NOT NULL, -- float32, little endian
    PRIMARY KEY (model, hash)
);

CREATE TABLE merchants (
    tenant TEXT COLLATE "C" NOT NULL,
    id     TEXT COLLATE "C" NOT NULL,
    data   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE offers (
    tenant TEXT COLLATE "C"   NOT NULL,
    id     TEXT COLLATE "C"   NOT NULL,
    data   TEXT COLLATE "C"   NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE people (
    tenant TEXT COLLATE "C" NOT NULL,
    id     TEXT COLLATE "C" NOT NULL,
    data   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE orders (
    tenant  TEXT COLLATE "C"   NOT NULL,
    id      TEXT COLLATE "C"   NOT NULL,
    shopper TEXT COLLATE "C"   NOT NULL,
    placed  BIGINT NOT NULL,
    data    TEXT COLLATE "C"   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX orders_shopper ON orders (tenant, shopper, placed);

CREATE TABLE reviews (
    tenant  TEXT COLLATE "C"   NOT NULL,
    id      TEXT COLLATE "C"   NOT NULL,
    product TEXT COLLATE "C"   NOT NULL,
    written BIGINT NOT NULL,
    data    TEXT COLLATE "C"   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX reviews_product ON reviews (tenant, product, written);

CREATE TABLE conversations (
    tenant      TEXT COLLATE "C"     NOT NULL,
    id          TEXT COLLATE "C"     NOT NULL,
    subject     TEXT COLLATE "C"     NOT NULL, -- whose it is: role, merchant and person, as one word
    principal   TEXT COLLATE "C"     NOT NULL,
    task        TEXT COLLATE "C"     NOT NULL,
    lang        TEXT COLLATE "C"     NOT NULL,
    title       TEXT COLLATE "C"     NOT NULL,
    owner       TEXT COLLATE "C"     NOT NULL, -- who answers: assistant, queue, agent
    agent       TEXT COLLATE "C"     NOT NULL,
    revision    BIGINT   NOT NULL,
    turns       BIGINT   NOT NULL,
    last_user   TEXT COLLATE "C"     NOT NULL,
    summary     TEXT COLLATE "C"     NOT NULL,
    summarised  BIGINT   NOT NULL, -- the last message that summary covers
    created     BIGINT   NOT NULL,
    updated     BIGINT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX conversations_subject ON conversations (tenant, subject, updated);
CREATE INDEX conversations_updated ON conversations (tenant, updated);

-- A place is turn number × 2^20 + n: what a turn wrote stays with it, however late it came.
CREATE TABLE messages (
    tenant       TEXT COLLATE "C"     NOT NULL,
    conversation TEXT COLLATE "C"     NOT NULL,
    place        BIGINT   NOT NULL,
    id           TEXT COLLATE "C"     NOT NULL,
    role         TEXT COLLATE "C"     NOT NULL,
    replaced     SMALLINT NOT NULL DEFAULT 0,
    data         TEXT COLLATE "C"     NOT NULL,
    PRIMARY KEY (tenant, conversation, place)
);
CREATE UNIQUE INDEX messages_user ON messages (tenant, conversation, id) WHERE role = 'user';

CREATE TABLE evidence (
    tenant       TEXT COLLATE "C"   NOT NULL,
    conversation TEXT COLLATE "C"   NOT NULL,
    place        BIGINT NOT NULL,
    data         TEXT COLLATE "C"   NOT NULL,
    PRIMARY KEY (tenant, conversation, place)
);

CREATE TABLE turns (
    tenant       TEXT COLLATE "C"     NOT NULL,
    conversation TEXT COLLATE "C"     NOT NULL,
    number       BIGINT   NOT NULL,
    id           TEXT COLLATE "C"     NOT NULL,
    state        TEXT COLLATE "C"     NOT NULL, -- open, done, interrupted, abandoned
    message      TEXT COLLATE "C"     NOT NULL, -- the user message that it answers
    regenerate   SMALLINT NOT NULL,
    opened       BIGINT   NOT NULL,
    expires      BIGINT   NOT NULL, -- an open turn past this lost its process
    closed       BIGINT   NOT NULL DEFAULT 0,
    ending       TEXT COLLATE "C"     NOT NULL DEFAULT '',
    rung         TEXT COLLATE "C"     NOT NULL DEFAULT '',
    prompt       TEXT COLLATE "C"     NOT NULL DEFAULT '',
    struck       BIGINT   NOT NULL DEFAULT 0,
    usage        TEXT COLLATE "C"     NOT NULL DEFAULT '{}',
    events       TEXT COLLATE "C"     NOT NULL DEFAULT '[]',
    PRIMARY KEY (tenant, conversation, number)
);
CREATE INDEX turns_message ON turns (tenant, conversation, message, number);
CREATE UNIQUE INDEX turns_open ON turns (tenant, conversation) WHERE state = 'open';

CREATE TABLE feedback (
    tenant       TEXT COLLATE "C"     NOT NULL,
    conversation TEXT COLLATE "C"     NOT NULL,
    message      TEXT COLLATE "C"     NOT NULL,
    value        SMALLINT NOT NULL,
    note         TEXT COLLATE "C"     NOT NULL,
    given        BIGINT   NOT NULL,
    PRIMARY KEY (tenant, conversation, message)
);

CREATE TABLE replies (
    tenant  TEXT COLLATE "C"   NOT NULL,
    subject TEXT COLLATE "C"   NOT NULL,
    key     TEXT COLLATE "C"   NOT NULL,
    hash    BYTEA   NOT NULL,
    state   TEXT COLLATE "C"   NOT NULL, -- running, done
    reply   BYTEA   NOT NULL,
    claimed BIGINT NOT NULL,
    expires BIGINT NOT NULL, -- a running one past this lost its process
    PRIMARY KEY (tenant, subject, key)
);
CREATE INDEX replies_claimed ON replies (tenant, claimed);
