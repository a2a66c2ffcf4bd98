package local

import (
	"cmp"
	"context"
	"slices"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/text"
)

// Near returns the catalogue's word nearest to word, and whether word itself has a posting. "" = none is near.
func (x *Index) Near(ctx context.Context, tenant, w string) (best string, known bool, err error) {
	if x.known(tenant, w) {
		return w, true, nil
	}
	near, err := x.Suggest(ctx, tenant, w, 1)
	if err != nil || len(near) == 0 {
		return "", false, err
	}
	return near[0].Word, false, nil
}

func (x *Index) known(tenant, w string) bool {
	sh := x.load(tenant)[retrieval.KindProduct]
	if sh == nil {
		return false
	}
	h := text.Hash(text.Stem(w))
	for _, s := range sh.segs {
		if _, ok := s.stems[h]; ok {
			return true
		}
		if _, ok := s.terms[h]; ok {
			return true
		}
	}
	return false
}

// Suggest returns the catalogue's words nearest to w: fewest edits first, then the more frequent.
func (x *Index) Suggest(ctx context.Context, tenant, w string, limit int) ([]retrieval.Suggestion, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	sh := x.load(tenant)[retrieval.KindProduct]
	runes := []rune(w)
	if sh == nil || len(runes) < 3 || len(runes) > 24 {
		return nil, nil
	}
	far := 1
	if len(runes) >= 8 {
		far = 2
	}
	m := mask(w)
	found := map[string]retrieval.Suggestion{}
	var e edits
	for _, s := range sh.segs {
		for _, v := range s.words {
			if d := len(v.text) - len(w); d > far+2 || -d > far+2 || differ(v.mask, m) > 2*far {
				continue
			}
			n := e.distance(runes, []rune(v.text), far)
			if n > far {
				continue
			}
			f := found[v.text]
			found[v.text] = retrieval.Suggestion{Word: v.text, Edits: n, Docs: f.Docs + int(v.docs)}
		}
	}
	out := make([]retrieval.Suggestion, 0, len(found))
	for _, f := range found {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b retrieval.Suggestion) int {
		return cmp.Or(cmp.Compare(a.Edits, b.Edits), cmp.Compare(b.Docs, a.Docs), cmp.Compare(a.Word, b.Word))
	})
	return out[:min(limit, len(out))], nil
}

// Values returns the values of a tag with their document counts. The map is shared: do not change it.
func (x *Index) Values(ctx context.Context, tenant, field string) (map[string]int, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	sh := x.load(tenant)[retrieval.KindProduct]
	if sh == nil {
		return nil, nil
	}
	if v, ok := sh.values.Load(field); ok {
		return v.(map[string]int), nil
	}
	out := map[string]int{}
	for i, s := range sh.segs {
		for v, docs := range s.tags[field] {
			n := len(docs)
			if sh.dead[i] != nil {
				for _, d := range docs {
					if sh.dead[i].has(d) {
						n--
					}
				}
			}
			if n > 0 {
				out[v] += n
			}
		}
	}
	sh.values.Store(field, out)
	return out, nil
}

// mask has a bit for each letter of a word.
func mask(w string) (m uint32) {
	for _, r := range w {
		if r >= 'a' && r <= 'z' {
			m |= 1 << (r - 'a')
		} else {
			m |= 1 << (26 + r%6)
		}
	}
	return m
}

func differ(a, b uint32) int {
	n := 0
	for x := a ^ b; x != 0; x &= x - 1 {
		n++
	}
	return n
}

// edits keeps the rows of a distance computation.
type edits struct{ rows [3][]int }

// distance is the optimal string alignment distance (a swap of neighbours is one edit), far+1 when it is more than far.
func (e *edits) distance(a, b []rune, far int) int {
	if d := len(a) - len(b); d > far || -d > far {
		return far + 1
	}
	for i := range e.rows {
		e.rows[i] = slices.Grow(e.rows[i][:0], len(b)+1)[:len(b)+1]
	}
	before, prev, cur := e.rows[0], e.rows[1], e.rows[2]
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
			least = min(least, cur[j])
		}
		if least > far {
			return far + 1
		}
		before, prev, cur = prev, cur, before
	}
	return min(prev[len(b)], far+1)
}
