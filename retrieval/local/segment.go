package local

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/text"
)

// segment is an immutable set of documents, numbered from 0.
type segment struct {
	ids   []string
	byID  map[string]uint32
	terms map[uint32]span // term hash → its postings
	docs  []uint32        // postings: documents, ascending within a term …
	vals  []float32       // … and their values
	tags  map[string]map[string][]uint32
	nums  map[string]column
	words []word // ascending
	stems map[uint32]struct{}
	dim   int
	vecs  []float32 // len(vecDocs) × dim, unit length
	vecOf []uint32  // the document of each vector
}
type (
	span   struct{ from, to uint32 }
	column struct {
		docs []uint32
		vals []float64
	}
	word struct {
		text string
		mask uint32 // of its letters, to skip words that cannot be near
		docs uint32
	}
)

type posting struct {
	term, doc uint32
	val       float32
}

func newSegment(docs []retrieval.Doc, o Options) (*segment, error) {
	last := make(map[string]int, len(docs))
	for i, d := range docs {
		last[d.ID] = i
	}
	b := builder{seg: segment{
		ids: make([]string, 0, len(last)), byID: make(map[string]uint32, len(last)),
		tags: map[string]map[string][]uint32{}, nums: map[string]column{},
	}, words: map[string]uint32{}, opt: o}
	for i, d := range docs {
		if last[d.ID] != i { // the same id again: the last one holds
			continue
		}
		if err := b.add(d); err != nil {
			return nil, err
		}
	}
	return b.finish(), nil
}

type builder struct {
	seg   segment
	posts []posting
	words map[string]uint32
	opt   Options
}

func (b *builder) add(d retrieval.Doc) error {
	s := &b.seg
	n := uint32(len(s.ids))
	id := strings.Clone(d.ID)
	s.ids = append(s.ids, id)
	s.byID[id] = n
	for field, vals := range d.Tags {
		byVal := s.tags[field]
		if byVal == nil {
			byVal = map[string][]uint32{}
			s.tags[strings.Clone(field)] = byVal
		}
		for _, v := range vals {
			list, ok := byVal[v]
			if !ok {
				v = strings.Clone(v)
			}
			if k := len(list); k == 0 || list[k-1] != n {
				byVal[v] = append(list, n)
			}
		}
	}
	l := make(learner, 64)
	if b.opt.WordsOnly {
		for field, t := range d.Fields {
			for _, w := range text.Words(t) {
				l.take(field, w.Term)
			}
		}
		b.learn(l)
		return nil
	}
	for _, w := range text.WeightsAndWords(d.Fields, l.take) {
		b.posts = append(b.posts, posting{w.Term, n, w.Value})
	}
	b.learn(l)
	for field, v := range d.Numbers {
		c := s.nums[field]
		s.nums[field] = column{append(c.docs, n), append(c.vals, v)}
	}
	if d.Vector != nil {
		if s.dim == 0 {
			s.dim = len(d.Vector)
		}
		if s.dim != len(d.Vector) {
			return fmt.Errorf("upsert document %s: %w: a vector of %d dimensions among ones of %d", d.ID, retrieval.ErrDimension, len(d.Vector), s.dim)
		}
		s.vecs = append(s.vecs, unit(d.Vector)...)
		s.vecOf = append(s.vecOf, n)
	}
	return nil
}

// naming are the fields whose words name things: a spelling is repaired to what products are called before what is said of them.
var naming = []string{"title", "brand", "model", "category"}

// learner keeps the words of one document, and whether it names something by them.
type learner map[string]bool

func (l learner) take(field, w string) {
	if isWord(w) {
		l[w] = l[w] || slices.Contains(naming, field)
	}
}

// learn counts in how many documents each word names something.
func (b *builder) learn(l learner) {
	for w, names := range l {
		if names {
			b.words[w]++
		} else {
			b.words[w] += 0
		}
	}
}

// isWord says whether a spelling could be repaired to it.
func isWord(w string) bool {
	n := utf8.RuneCountInString(w)
	if n < 3 || n > 24 {
		return false
	}
	return !strings.ContainsAny(w, "0123456789")
}

func unit(v []float32) []float32 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	out := make([]float32, len(v))
	if sum == 0 {
		return out
	}
	by := float32(1 / math.Sqrt(sum))
	for i, x := range v {
		out[i] = x * by
	}
	return out
}

func (b *builder) finish() *segment {
	s := &b.seg
	s.place(b.posts)
	s.words = make([]word, 0, len(b.words))
	for w, n := range b.words {
		s.words = append(s.words, word{strings.Clone(w), mask(w), n})
	}
	slices.SortFunc(s.words, func(a, b word) int { return strings.Compare(a.text, b.text) })
	s.stems = make(map[uint32]struct{}, len(s.words))
	for _, w := range s.words {
		s.stems[text.Hash(text.Stem(w.text))] = struct{}{}
	}
	return s
}

// place puts postings, which come in the order of documents, together by term.
func (s *segment) place(posts []posting) {
	s.terms = map[uint32]span{}
	for _, p := range posts {
		e := s.terms[p.term]
		e.to++
		s.terms[p.term] = e
	}
	at := uint32(0)
	for t, e := range s.terms {
		s.terms[t] = span{at, at}
		at += e.to
	}
	s.docs, s.vals = make([]uint32, len(posts)), make([]float32, len(posts))
	for _, p := range posts {
		e := s.terms[p.term]
		s.docs[e.to], s.vals[e.to] = p.doc, p.val
		e.to++
		s.terms[p.term] = e
	}
}

// join makes one segment of the live documents of several.
func join(segs []*segment, dead []bitset) *segment {
	out := &segment{byID: map[string]uint32{}, tags: map[string]map[string][]uint32{}, nums: map[string]column{}, terms: map[uint32]span{}, stems: map[uint32]struct{}{}}
	const gone = math.MaxUint32
	moved := make([][]uint32, len(segs))
	counts := map[uint32]uint32{}
	for i, s := range segs {
		moved[i] = make([]uint32, len(s.ids))
		for d, id := range s.ids {
			if dead[i] != nil && dead[i].has(uint32(d)) {
				moved[i][d] = gone
				continue
			}
			moved[i][d] = uint32(len(out.ids))
			out.byID[id] = uint32(len(out.ids))
			out.ids = append(out.ids, id)
		}
		for t, e := range s.terms {
			if dead[i] == nil {
				counts[t] += e.to - e.from
				continue
			}
			for _, d := range s.docs[e.from:e.to] {
				if moved[i][d] != gone {
					counts[t]++
				}
			}
		}
	}
	at := uint32(0)
	for t, n := range counts {
		if n > 0 {
			out.terms[t] = span{at, at}
			at += n
		}
	}
	out.docs, out.vals = make([]uint32, at), make([]float32, at)
	for i, s := range segs {
		for t, e := range s.terms {
			o, ok := out.terms[t]
			if !ok {
				continue
			}
			for p := e.from; p < e.to; p++ {
				if d := moved[i][s.docs[p]]; d != gone {
					out.docs[o.to], out.vals[o.to] = d, s.vals[p]
					o.to++
				}
			}
			out.terms[t] = o
		}
		for field, byVal := range s.tags {
			to := out.tags[field]
			if to == nil {
				to = map[string][]uint32{}
				out.tags[field] = to
			}
			for v, list := range byVal {
				if kept := move(to[v], list, moved[i]); len(kept) > 0 {
					to[v] = kept
				}
			}
		}
		for field, c := range s.nums {
			o := out.nums[field]
			for p, d := range c.docs {
				if m := moved[i][d]; m != gone {
					o.docs, o.vals = append(o.docs, m), append(o.vals, c.vals[p])
				}
			}
			if len(o.docs) > 0 {
				out.nums[field] = o
			}
		}
		if s.dim > 0 && (out.dim == 0 || out.dim == s.dim) {
			for p, d := range s.vecOf {
				if m := moved[i][d]; m != gone {
					out.dim = s.dim
					out.vecOf = append(out.vecOf, m)
					out.vecs = append(out.vecs, s.vecs[p*s.dim:(p+1)*s.dim]...)
				}
			}
		}
		out.words = mergeWords(out.words, s.words)
		for h := range s.stems {
			out.stems[h] = struct{}{}
		}
	}
	return out
}

func move(to, list, moved []uint32) []uint32 {
	to = slices.Grow(to, len(list))
	for _, d := range list {
		if m := moved[d]; m != math.MaxUint32 {
			to = append(to, m)
		}
	}
	return to
}

func mergeWords(a, b []word) []word {
	out := make([]word, 0, len(a)+len(b)/2)
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].text < b[0].text:
			out, a = append(out, a[0]), a[1:]
		case len(a) == 0 || b[0].text < a[0].text:
			out, b = append(out, b[0]), b[1:]
		default:
			w := a[0]
			w.docs += b[0].docs
			out, a, b = append(out, w), a[1:], b[1:]
		}
	}
	return out
}
