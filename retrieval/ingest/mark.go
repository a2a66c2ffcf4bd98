package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// mark is how far an index has followed a tenant.
type mark struct {
	Products   int64  `json:"products"`
	Passages   int64  `json:"passages"`
	Generation int64  `json:"generation"`
	Vectors    int64  `json:"vectors,omitempty"`         // products up to this revision have theirs
	Cited      int64  `json:"passage_vectors,omitempty"` // passages, likewise
	Model      string `json:"model,omitempty"`           // of the vectors
	Store      string `json:"store,omitempty"`           // whose revisions these are
}

// noted reads the index's own note of where it is.
func (t *tenant) noted(ctx context.Context) (m mark, ok bool, err error) {
	x, is := t.Index.(Marker)
	if !is {
		return m, false, nil
	}
	note, err := x.Mark(ctx, t.id)
	if err != nil || note == "" {
		return m, false, err
	}
	if err := json.Unmarshal([]byte(note), &m); err != nil {
		t.log.WarnContext(ctx, "the index's note of where it is cannot be read: it is built anew", "error", err)
		return m, false, nil
	}
	store, err := t.store(ctx)
	return m, m.Store == store, err
}

// store is the name of the store itself, where it has one: another store's revisions mean nothing here.
func (f *Follower) store(ctx context.Context) (string, error) {
	s, ok := f.Changes.(interface {
		Secret(ctx context.Context, name string) ([]byte, error)
	})
	if !ok {
		return "", nil
	}
	f.naming.Lock()
	defer f.naming.Unlock()
	if f.storeName == "" {
		b, err := s.Secret(ctx, "index")
		if err != nil {
			return "", err
		}
		sum := sha256.Sum256(b)
		f.storeName = hex.EncodeToString(sum[:8])
	}
	return f.storeName, nil
}

func (t *tenant) note(ctx context.Context) error {
	x, is := t.Index.(Marker)
	if !is {
		return nil
	}
	m := t.where()
	var err error
	if m.Store, err = t.store(ctx); err != nil {
		return err
	}
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return x.SetMark(ctx, t.id, string(b))
}
