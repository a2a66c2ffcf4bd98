package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"shopkeeper/shop"
)

// inForce holds for a version d that is the one in force at $2.
const inForce = `d.state = 'published' AND d.starts <= $2 AND (d.ends = 0 OR d.ends > $2)
	AND NOT EXISTS (SELECT 1 FROM documents AS n WHERE n.tenant = d.tenant AND n.kind = d.kind AND n.id = d.id
		AND n.state = 'published' AND n.starts <= $2 AND (n.ends = 0 OR n.ends > $2)
		AND (n.starts > d.starts OR n.starts = d.starts AND n.version > d.version))`

const documentColumns = `SELECT d.tenant, d.version, d.state, d.starts, d.ends, d.changed, d.data FROM documents AS d `

func documents(ctx context.Context, q querier, tail string, args ...any) (out []shop.Document, err error) {
	err = each(ctx, q, func(r *sql.Rows) error {
		var tenant, state, data string
		var version, starts, ends, changed int64
		if err := r.Scan(&tenant, &version, &state, &starts, &ends, &changed, &data); err != nil {
			return err
		}
		d, err := decode[shop.Document](data)
		d.Tenant, d.Version, d.State, d.Changed = tenant, version, shop.DocumentState(state), fromMicros(changed)
		if d.State != shop.Draft { // a draft's are what its author means
			d.Effective, d.Ends = fromMicros(starts), fromMicros(ends)
		}
		out = append(out, d)
		return err
	}, documentColumns+tail, args...)
	return out, err
}

var (
	errNoDocument      = &shop.Error{Kind: shop.NotFound, Msg: "There is no such document."}
	errNoVersion       = &shop.Error{Kind: shop.NotFound, Msg: "The document has no such version."}
	errDocumentMovedOn = &shop.Error{Kind: shop.Conflict, Code: "moved_on", Msg: "Somebody else has changed the document; look at the newest version and try again."}
)

// Entries lists a tenant's documents by kind and id: the newest version of each, and the one in force.
func (s *Store) Entries(ctx context.Context, tenant string, q shop.EntryQuery) ([]shop.Entry, error) {
	now := s.now()
	ds, err := documents(ctx, s.read, `WHERE d.tenant = $1 AND ($3 = '' OR d.kind = $3)
		AND (`+inForce+` OR NOT EXISTS (SELECT 1 FROM documents AS l WHERE l.tenant = d.tenant AND l.kind = d.kind AND l.id = d.id AND l.version > d.version))
		ORDER BY d.kind, d.id, d.version`, tenant, micros(now), string(q.Kind))
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", broken(err))
	}
	var out []shop.Entry
	for len(ds) > 0 {
		n := 1
		for n < len(ds) && ds[n].Kind == ds[0].Kind && ds[n].ID == ds[0].ID {
			n++
		}
		e := shop.Entry{Newest: ds[n-1]}
		if i := shop.InForce(ds[:n], now); i >= 0 {
			e.InForce = &ds[i]
		}
		ds = ds[n:]
		if chosen(e, q) {
			out = append(out, e)
		}
	}
	return out, nil
}

func chosen(e shop.Entry, q shop.EntryQuery) bool {
	if q.Lang != "" && e.Newest.Lang != "" && e.Newest.Lang != q.Lang {
		return false
	}
	public := e.InForce != nil || e.Newest.State == shop.Published
	switch q.State {
	case shop.Draft:
		return e.Newest.State == shop.Draft
	case shop.Published:
		return public
	case shop.Withdrawn:
		return !public && e.Newest.State == shop.Withdrawn
	}
	return true
}

// Versions are all of a document, newest first; NotFound when there is none.
func (s *Store) Versions(ctx context.Context, tenant string, kind shop.DocumentKind, id string) ([]shop.Document, error) {
	ds, err := versions(ctx, s.read, tenant, kind, id)
	if err != nil {
		return nil, fmt.Errorf("read document: %w", broken(err))
	}
	if len(ds) == 0 {
		return nil, errNoDocument
	}
	return ds, nil
}

func versions(ctx context.Context, q querier, tenant string, kind shop.DocumentKind, id string) ([]shop.Document, error) {
	return documents(ctx, q, `WHERE d.tenant = $1 AND d.kind = $2 AND d.id = $3 ORDER BY d.version DESC`, tenant, kind, id)
}

// Macros are those in force at a time, by id. Lang chooses the ones of a language and those of none; "" chooses all.
func (s *Store) Macros(ctx context.Context, tenant, lang string, at time.Time) ([]shop.Document, error) {
	ds, err := documents(ctx, s.read, `WHERE d.tenant = $1 AND d.kind = 'macro' AND ($3 = '' OR d.lang = $3 OR d.lang = '') AND `+inForce+` ORDER BY d.id`, tenant, micros(at), lang)
	if err != nil {
		return nil, fmt.Errorf("list macros: %w", broken(err))
	}
	return ds, nil
}

// SaveDocument adds a draft: the version after base, which must be the newest there is (0: none). Otherwise Conflict, moved_on.
func (s *Store) SaveDocument(ctx context.Context, d shop.Document, base int64) (out shop.Document, err error) {
	err = s.onDocument(ctx, "save document", &d, func(tx *sql.Tx, old []shop.Document) error {
		newest := int64(0)
		if len(old) > 0 {
			newest, d.Origin = old[0].Version, old[0].Origin
		}
		if newest != base {
			return errDocumentMovedOn
		}
		out, err = s.addVersion(ctx, tx, d, "")
		return err
	})
	return out, err
}

// Propose adds a draft that a suggestion has made; its origin names the suggestion and is needed. The same origin again changes
// nothing, whatever became of the draft. Without an id the document is a new one.
func (s *Store) Propose(ctx context.Context, d shop.Document) error {
	if d.Origin == "" {
		return invalid("origin", "A proposed document needs an origin.")
	}
	if d.ID == "" {
		d.ID = shop.DocumentID(d.Origin)
	}
	return s.onDocument(ctx, "propose document", &d, func(tx *sql.Tx, _ []shop.Document) error {
		var n int
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM documents WHERE tenant = $1 AND proposed = $2`, d.Tenant, d.Origin).Scan(&n)
		if err != nil || n > 0 {
			return err
		}
		_, err = s.addVersion(ctx, tx, d, d.Origin)
		return err
	})
}

// onDocument gives all versions, newest first, and keeps others from changing the tenant's documents meanwhile.
func (s *Store) onDocument(ctx context.Context, what string, d *shop.Document, fn func(tx *sql.Tx, old []shop.Document) error) error {
	if !slices.Contains(shop.DocumentKinds, d.Kind) {
		return invalid("kind", "A document is a policy, faq or macro.")
	}
	if d.ID == "" {
		return invalid("id", "A document needs an id.")
	}
	return s.tx(ctx, what, func(tx *sql.Tx) error {
		if _, _, _, err := locked(ctx, tx, d.Tenant); err != nil {
			return err
		}
		old, err := versions(ctx, tx, d.Tenant, d.Kind, d.ID)
		if err != nil {
			return err
		}
		if d.Version == 0 && len(old) > 0 {
			d.Version = old[0].Version
		}
		return fn(tx, old)
	})
}

// addVersion stores a draft behind d.Version.
func (s *Store) addVersion(ctx context.Context, tx *sql.Tx, d shop.Document, proposed string) (shop.Document, error) {
	d.Version, d.State, d.Changed = d.Version+1, shop.Draft, fromMicros(micros(s.now()))
	d.Effective, d.Ends = fromMicros(micros(d.Effective)), fromMicros(micros(d.Ends))
	data, err := encode(d)
	if err != nil {
		return d, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO documents (tenant, kind, id, version, state, lang, changed, proposed, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		d.Tenant, d.Kind, d.ID, d.Version, d.State, d.Lang, micros(d.Changed), proposed, data)
	return d, err
}

// Publish makes a draft one that comes into force by itself. Others stay published: the one in force is the one that began last.
func (s *Store) Publish(ctx context.Context, who shop.Principal, kind shop.DocumentKind, id string, p shop.Publication) (out shop.Document, err error) {
	d := shop.Document{Tenant: who.Tenant, Kind: kind, ID: id}
	err = s.onDocument(ctx, "publish document", &d, func(tx *sql.Tx, old []shop.Document) error {
		if out, err = versionOf(old, p.Version); err != nil {
			return err
		}
		if out.State != shop.Draft {
			return &shop.Error{Kind: shop.Conflict, Code: "not_draft", Msg: fmt.Sprintf("Version %d is %s already: make a new version.", p.Version, out.State)}
		}
		now := fromMicros(micros(s.now()))
		if !p.Effective.IsZero() {
			out.Effective = fromMicros(micros(p.Effective))
		}
		if out.Effective.Before(now) {
			out.Effective = now
		}
		if !p.Ends.IsZero() {
			out.Ends = fromMicros(micros(p.Ends))
		}
		if !out.Ends.IsZero() && !out.Ends.After(out.Effective) {
			return invalid("ends", "The version would end before it begins.")
		}
		out, err = s.publish(ctx, tx, out)
		if err != nil {
			return err
		}
		detail := "from " + out.Effective.Format(time.RFC3339)
		if !out.Ends.IsZero() {
			detail += " until " + out.Ends.Format(time.RFC3339)
		}
		return s.auditDocument(ctx, tx, who, out, shop.AuditEntry{Act: "knowledge_published", Detail: detail})
	})
	return out, err
}

func versionOf(ds []shop.Document, version int64) (shop.Document, error) {
	if len(ds) == 0 {
		return shop.Document{}, errNoDocument
	}
	i := slices.IndexFunc(ds, func(d shop.Document) bool { return d.Version == version })
	if i < 0 {
		return shop.Document{}, errNoVersion
	}
	return ds[i], nil
}

// auditDocument keeps an act on a version.
func (s *Store) auditDocument(ctx context.Context, tx *sql.Tx, who shop.Principal, d shop.Document, e shop.AuditEntry) error {
	e.Tenant, e.Actor, e.Object = who.Tenant, who.Subject(), fmt.Sprintf("%s/%s@%d", d.Kind, d.ID, d.Version)
	_, err := tx.ExecContext(ctx, insertAudit, s.auditRow(e)...)
	return err
}

// publish makes a stored draft a published version that is in force from Effective (zero: ever since) until Ends.
func (s *Store) publish(ctx context.Context, tx *sql.Tx, d shop.Document) (shop.Document, error) {
	d.State, d.Changed = shop.Published, fromMicros(micros(s.now()))
	if _, err := tx.ExecContext(ctx, `UPDATE documents SET state = 'published', published = $5, starts = $6, ends = $7, changed = $5 WHERE tenant = $1 AND kind = $2 AND id = $3 AND version = $4`,
		d.Tenant, d.Kind, d.ID, d.Version, micros(d.Changed), micros(d.Effective), micros(d.Ends)); err != nil {
		return d, err
	}
	ps, err := s.split(d)
	if err != nil {
		return d, &shop.Error{Kind: shop.Invalid, Field: "text", Msg: "The text cannot be cut into passages: check its Markdown.", Err: err}
	}
	if err := s.putPassages(ctx, tx, d, ps); err != nil {
		return d, err
	}
	return d, bumpPassages(ctx, tx, d.Tenant)
}

func bumpPassages(ctx context.Context, tx *sql.Tx, tenant string) error {
	_, err := tx.ExecContext(ctx, `UPDATE tenants SET passages = passages + 1 WHERE id = $1`, tenant)
	return err
}

// Withdraw takes a version back, a draft too; version 0: all that are published, and the newest when it is a draft. What was
// withdrawn already stays so.
func (s *Store) Withdraw(ctx context.Context, who shop.Principal, kind shop.DocumentKind, id string, version int64) error {
	d := shop.Document{Tenant: who.Tenant, Kind: kind, ID: id}
	return s.onDocument(ctx, "withdraw document", &d, func(tx *sql.Tx, old []shop.Document) error {
		if len(old) == 0 {
			return errNoDocument
		}
		var gone []shop.Document
		for i, d := range old {
			if d.Version == version || version == 0 && (i == 0 || d.State == shop.Published) {
				gone = append(gone, d)
			}
		}
		if len(gone) == 0 {
			return errNoVersion
		}
		for _, d := range gone {
			if d.State == shop.Withdrawn {
				continue
			}
			if err := s.withdraw(ctx, tx, d); err != nil {
				return err
			}
			if err := s.auditDocument(ctx, tx, who, d, shop.AuditEntry{Act: "knowledge_withdrawn", Detail: "was " + string(d.State)}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) withdraw(ctx context.Context, tx *sql.Tx, d shop.Document) error {
	if _, err := tx.ExecContext(ctx, `UPDATE documents SET state = 'withdrawn', changed = $5 WHERE tenant = $1 AND kind = $2 AND id = $3 AND version = $4`,
		d.Tenant, d.Kind, d.ID, d.Version, micros(s.now())); err != nil {
		return err
	}
	return bumpPassages(ctx, tx, d.Tenant)
}

// Origins of documents that no person has written here.
const (
	originWorld  = "world"
	originImport = "import"
)

// PutDocument implements ingest.Documents: it publishes an imported document, as a new version where its text is not that of the last
// import. What people made of it since is kept as long as the file stays what it was.
func (s *Store) PutDocument(ctx context.Context, d shop.Document) error {
	return s.onDocument(ctx, "put document", &d, func(tx *sql.Tx, old []shop.Document) error {
		return s.putDocument(ctx, tx, d, old, originImport)
	})
}

func (s *Store) putDocument(ctx context.Context, tx *sql.Tx, d shop.Document, old []shop.Document, origin string) error {
	for _, o := range old {
		if o.Origin == origin && o.Author == "" {
			if o.SameText(d) {
				return nil
			}
			break
		}
	}
	d.Origin, d.Author, d.Version = origin, "", 0
	if len(old) > 0 {
		d.Version = old[0].Version
	}
	if now := s.now(); len(old) > 0 && d.Effective.Before(now) {
		d.Effective = now
	}
	d, err := s.addVersion(ctx, tx, d, "")
	if err != nil {
		return err
	}
	_, err = s.publish(ctx, tx, d)
	return err
}

// replaceWorld makes these the tenant's documents of the world; other documents stay.
func (s *Store) replaceWorld(ctx context.Context, tx *sql.Tx, tenant string, ds []shop.Document) error {
	there := map[[2]string]bool{}
	for _, d := range ds {
		d.Tenant = tenant
		there[[2]string{string(d.Kind), d.ID}] = true
		old, err := versions(ctx, tx, tenant, d.Kind, d.ID)
		if err != nil {
			return err
		}
		if err := s.putDocument(ctx, tx, d, old, originWorld); err != nil {
			return err
		}
	}
	all, err := documents(ctx, tx, `WHERE d.tenant = $1 AND d.state = 'published'`, tenant)
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.Origin != originWorld || d.Author != "" || there[[2]string{string(d.Kind), d.ID}] {
			continue
		}
		if err := s.withdraw(ctx, tx, d); err != nil {
			return err
		}
	}
	return nil
}
