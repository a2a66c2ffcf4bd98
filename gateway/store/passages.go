package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"slices"

	"shopkeeper/shop"
)

// Split cuts a policy or a FAQ into the passages that answers cite; their ids are of the version and of no other. A macro has none:
// what has no passages, nobody finds by searching.
type Split func(d shop.Document) ([]shop.Passage, error)

// whole makes one passage of a document.
func whole(d shop.Document) ([]shop.Passage, error) {
	if d.Kind == shop.Macro {
		return nil, nil
	}
	return []shop.Passage{{ID: passageID(d, 1), Document: d.Title, Section: d.Title, Version: d.Cited(), Lang: d.Lang, Quote: d.Text}}, nil
}

func passageID(d shop.Document, n int) string {
	return fmt.Sprintf("%s/%s@%d#%d", d.Kind, d.ID, d.Version, n)
}

// putPassages makes these the passages of a version.
func (s *Store) putPassages(ctx context.Context, tx *sql.Tx, d shop.Document, ps []shop.Passage) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM passages WHERE tenant = $1 AND kind = $2 AND document = $3 AND edition = $4`, d.Tenant, d.Kind, d.ID, d.Version); err != nil {
		return err
	}
	return s.bulk(ctx, tx, `INSERT INTO passages (tenant, id, kind, document, edition, version, number, data)`, ``, 8, rowsOf(ps, func(i int, p shop.Passage) ([]any, error) {
		data, err := encode(p)
		return []any{d.Tenant, p.ID, d.Kind, d.ID, d.Version, p.Version, i, data}, err
	}))
}

// passagesInForce at $2 of the tenant $1.
const passagesInForce = `SELECT p.data FROM passages AS p JOIN documents AS d
	ON d.tenant = p.tenant AND d.kind = p.kind AND d.id = p.document AND d.version = p.edition
	WHERE p.tenant = $1 AND ` + inForce

// Passages implements retrieval.Passages. What is not in force is left out, however late an index hears of it.
func (s *Store) Passages(ctx context.Context, tenant string, ids []string) ([]shop.Passage, error) {
	found := make(map[string]shop.Passage, len(ids))
	for batch := range slices.Chunk(ids, 500) {
		text, args := in(2, batch)
		ps, err := list[shop.Passage](ctx, s.read, passagesInForce+` AND p.id IN (`+text+`)`, append([]any{tenant, micros(s.now())}, args...)...)
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

// AllPassages implements ingest.Changes: what is in force, by document, in the order of its text.
func (s *Store) AllPassages(ctx context.Context, tenant string) iter.Seq2[shop.Passage, error] {
	return func(yield func(shop.Passage, error) bool) {
		ps, err := list[shop.Passage](ctx, s.read, passagesInForce+` ORDER BY p.document, p.kind, p.number`, tenant, micros(s.now()))
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
