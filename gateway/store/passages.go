package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"shopkeeper/shop"
)

const passageHead = `INSERT INTO passages (tenant, id, document, version, number, data)`

// PutDocument implements ingest.Documents. No passages: the document goes. The same document again changes nothing.
func (s *Store) PutDocument(ctx context.Context, tenant, document, version string, ps []shop.Passage) error {
	for i := range ps {
		if ps[i].ID == "" {
			return invalid("id", "A passage needs an id.")
		}
	}
	return s.tx(ctx, "put document", func(tx *sql.Tx) error {
		if _, _, _, err := locked(ctx, tx, tenant); err != nil {
			return err
		}
		old, err := list[shop.Passage](ctx, tx, `SELECT data FROM passages WHERE tenant = $1 AND document = $2 ORDER BY number`, tenant, document)
		if err != nil {
			return err
		}
		now := make([]shop.Passage, len(ps))
		for i, p := range ps {
			if p.Version = version; p.Document == "" { // what is cited may be a title
				p.Document = document
			}
			now[i] = p
		}
		if slices.Equal(old, now) {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM passages WHERE tenant = $1 AND document = $2`, tenant, document); err != nil {
			return err
		}
		return s.putPassages(ctx, tx, tenant, now, func(shop.Passage) string { return document })
	})
}

// replacePassages makes these the tenant's only ones.
func (s *Store) replacePassages(ctx context.Context, tx *sql.Tx, tenant string, ps []shop.Passage) error {
	old, err := list[shop.Passage](ctx, tx, `SELECT data FROM passages WHERE tenant = $1 ORDER BY id`, tenant)
	if err != nil {
		return err
	}
	byID := slices.SortedFunc(slices.Values(ps), func(a, b shop.Passage) int { return strings.Compare(a.ID, b.ID) })
	if slices.Equal(old, byID) {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM passages WHERE tenant = $1`, tenant); err != nil {
		return err
	}
	return s.putPassages(ctx, tx, tenant, ps, func(p shop.Passage) string {
		if i := strings.LastIndexByte(p.ID, '#'); i > 0 { // ids are document#n
			return p.ID[:i]
		}
		return p.Document
	})
}

func (s *Store) putPassages(ctx context.Context, tx *sql.Tx, tenant string, ps []shop.Passage, document func(shop.Passage) string) error {
	err := s.bulk(ctx, tx, passageHead, ``, 6, rowsOf(ps, func(i int, p shop.Passage) ([]any, error) {
		data, err := encode(p)
		return []any{tenant, p.ID, document(p), p.Version, i, data}, err
	}))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE tenants SET passages = passages + 1 WHERE id = $1`, tenant)
	return err
}

// Passages implements retrieval.Passages.
func (s *Store) Passages(ctx context.Context, tenant string, ids []string) ([]shop.Passage, error) {
	found := make(map[string]shop.Passage, len(ids))
	for batch := range slices.Chunk(ids, 500) {
		text, args := in(1, batch)
		ps, err := list[shop.Passage](ctx, s.read, `SELECT data FROM passages WHERE tenant = $1 AND id IN (`+text+`)`, append([]any{tenant}, args...)...)
		if err != nil {
			return nil, fmt.Errorf("read passages: %w", broken(err))
		}
		for _, p := range ps {
			found[p.ID] = p
		}
	}
	out := make([]shop.Passage, 0, len(found))
	for _, id := range ids {
		if p, ok := found[id]; ok {
			out = append(out, p)
		}
	}
	return out, nil
}

// AllPassages implements ingest.Changes: by document, in the order of its text.
func (s *Store) AllPassages(ctx context.Context, tenant string) iter.Seq2[shop.Passage, error] {
	return func(yield func(shop.Passage, error) bool) {
		ps, err := list[shop.Passage](ctx, s.read, `SELECT data FROM passages WHERE tenant = $1 ORDER BY document, number`, tenant)
		if err != nil {
			yield(shop.Passage{}, fmt.Errorf("read all passages: %w", broken(err)))
			return
		}
		for _, p := range ps {
			if !yield(p, nil) {
				return
			}
		}
	}
}

// Vectors implements retrieval.Vectors.
func (s *Store) Vectors(ctx context.Context, model string, hashes []string) ([][]float32, error) {
	found := make(map[string][]float32, len(hashes))
	for batch := range slices.Chunk(hashes, 500) {
		text, args := in(1, batch)
		err := each(ctx, s.read, func(r *sql.Rows) error {
			var hash string
			var data sql.RawBytes
			err := r.Scan(&hash, &data)
			found[hash] = decodeVector(data)
			return err
		}, `SELECT hash, data FROM vectors WHERE model = $1 AND hash IN (`+text+`)`, append([]any{model}, args...)...)
		if err != nil {
			return nil, fmt.Errorf("read vectors: %w", broken(err))
		}
	}
	out := make([][]float32, len(hashes))
	for i, h := range hashes {
		out[i] = found[h]
	}
	return out, nil
}

// SaveVectors implements retrieval.Vectors. A vector that is there already stays: its hash says what it is of.
func (s *Store) SaveVectors(ctx context.Context, model string, hashes []string, vs [][]float32) error {
	if len(hashes) != len(vs) {
		return fmt.Errorf("save vectors: %d hashes, %d vectors", len(hashes), len(vs))
	}
	return s.tx(ctx, "save vectors", func(tx *sql.Tx) error {
		return s.bulk(ctx, tx, `INSERT INTO vectors (model, hash, data)`, `ON CONFLICT (model, hash) DO NOTHING`, 3,
			rowsOf(hashes, func(i int, hash string) ([]any, error) { return []any{model, hash, encodeVector(vs[i])}, nil }))
	})
}

func encodeVector(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, f := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	return b
}

func decodeVector(b []byte) []float32 {
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v
}
