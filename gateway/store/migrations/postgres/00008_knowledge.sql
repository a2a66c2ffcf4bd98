-- +goose Up
-- Every version of what the shop knows. A row's text is never changed.
CREATE TABLE documents (
    tenant    TEXT COLLATE "C"   NOT NULL,
    kind      TEXT COLLATE "C"   NOT NULL, -- policy, faq, macro
    id        TEXT COLLATE "C"   NOT NULL,
    version   BIGINT NOT NULL,
    state     TEXT COLLATE "C"   NOT NULL, -- draft, published, withdrawn
    lang      TEXT COLLATE "C"   NOT NULL,
    published BIGINT NOT NULL DEFAULT 0,
    starts    BIGINT NOT NULL DEFAULT 0, -- of a published version: when it comes into force
    ends      BIGINT NOT NULL DEFAULT 0, -- 0 = never
    changed   BIGINT NOT NULL,
    proposed  TEXT COLLATE "C"   NOT NULL DEFAULT '', -- the suggestion that it was made of
    data      TEXT COLLATE "C"   NOT NULL,
    PRIMARY KEY (tenant, kind, id, version)
);
CREATE INDEX documents_starts ON documents (tenant, starts) WHERE starts > published;
CREATE INDEX documents_ends ON documents (tenant, ends) WHERE ends > 0;
CREATE UNIQUE INDEX documents_proposed ON documents (tenant, proposed) WHERE proposed <> '';

ALTER TABLE passages ADD COLUMN kind TEXT COLLATE "C" NOT NULL DEFAULT 'policy';
ALTER TABLE passages ADD COLUMN edition BIGINT NOT NULL DEFAULT 1; -- the document's version
UPDATE passages SET document = replace(document, '/', '-');

-- What was imported before documents were kept becomes their first version.
INSERT INTO documents (tenant, kind, id, version, state, lang, changed, data)
SELECT tenant, 'policy', document, 1, 'published', lang, 0,
    json_build_object('kind', 'policy', 'id', document, 'lang', lang, 'title', title, 'version', 1, 'label', version, 'state', 'published', 'origin', 'import', 'text', text)::text
FROM (
    SELECT p.tenant, p.document, MAX(p.version) AS version, COALESCE(MAX(p.data::json ->> 'lang'), '') AS lang, MAX(p.data::json ->> 'document') AS title,
        string_agg('## ' || (p.data::json ->> 'section') || chr(10) || chr(10) || (p.data::json ->> 'quote'), chr(10) || chr(10) ORDER BY p.number) AS text
    FROM passages AS p GROUP BY p.tenant, p.document
) AS old;
