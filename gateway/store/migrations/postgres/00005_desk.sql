-- +goose Up
ALTER TABLE conversations ADD COLUMN state TEXT COLLATE "C" NOT NULL DEFAULT 'open'; -- open, closed
ALTER TABLE conversations ADD COLUMN segment BIGINT NOT NULL DEFAULT 0; -- counts up with every hand-back
ALTER TABLE conversations ADD COLUMN since BIGINT NOT NULL DEFAULT 0; -- the assistant reads what stands behind this place
ALTER TABLE conversations ADD COLUMN waiting BIGINT NOT NULL DEFAULT 0; -- since when somebody waits for a person's answer; 0 = nobody
ALTER TABLE conversations ADD COLUMN reason TEXT COLLATE "C" NOT NULL DEFAULT ''; -- of the last handoff
ALTER TABLE conversations ADD COLUMN gist TEXT COLLATE "C" NOT NULL DEFAULT ''; -- its summary
ALTER TABLE conversations ADD COLUMN priority BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN tags TEXT COLLATE "C" NOT NULL DEFAULT '[]';
ALTER TABLE conversations ADD COLUMN said TEXT COLLATE "C" NOT NULL DEFAULT ''; -- the last words, for the queue
ALTER TABLE conversations ADD COLUMN skill TEXT COLLATE "C" NOT NULL DEFAULT ''; -- what the handoff asks of an agent
ALTER TABLE conversations ADD COLUMN assigned TEXT COLLATE "C" NOT NULL DEFAULT ''; -- the agent who is to take it
ALTER TABLE conversations ADD COLUMN merged TEXT COLLATE "C" NOT NULL DEFAULT ''; -- the conversation that goes on in its place
CREATE INDEX conversations_desk ON conversations (tenant, state, owner, updated);

CREATE TABLE clocks (
    tenant       TEXT COLLATE "C"   NOT NULL,
    conversation TEXT COLLATE "C"   NOT NULL,
    name         TEXT COLLATE "C"   NOT NULL, -- handoff_wait, next_reply …
    definition   TEXT COLLATE "C"   NOT NULL,
    started      BIGINT NOT NULL,
    warns        BIGINT NOT NULL,
    due          BIGINT NOT NULL,
    stopped      BIGINT NOT NULL DEFAULT 0,
    told         BIGINT NOT NULL DEFAULT 0, -- 1 it was warned of, 2 it was said to be late
    PRIMARY KEY (tenant, conversation, name)
);
CREATE INDEX clocks_running ON clocks (warns) WHERE stopped = 0 AND told < 2;
CREATE UNIQUE INDEX messages_agent ON messages (tenant, conversation, id) WHERE role = 'agent';

-- What clocks measured, once they have stopped.
CREATE TABLE clock_runs (
    tenant       TEXT COLLATE "C" NOT NULL,
    definition   TEXT COLLATE "C" NOT NULL,
    started      BIGINT NOT NULL,
    conversation TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    unit         TEXT COLLATE "C" NOT NULL, -- runs of one unit count once: met when all of them were
    due          BIGINT NOT NULL,
    stopped      BIGINT NOT NULL,
    PRIMARY KEY (tenant, definition, started, conversation)
);

-- Who looks at what, for as long as they say so. Without a conversation: who is at the desk.
CREATE TABLE presence (
    tenant       TEXT COLLATE "C" NOT NULL,
    conversation TEXT COLLATE "C" NOT NULL,
    agent        TEXT COLLATE "C" NOT NULL,
    doing        TEXT COLLATE "C" NOT NULL,
    until        BIGINT NOT NULL,
    PRIMARY KEY (tenant, conversation, agent)
);
