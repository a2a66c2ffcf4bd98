package local

import (
	"math/bits"
	"slices"
	"sync"
)

// bitset over the documents of a segment.
type bitset []uint64

func newBits(n int) bitset         { return make(bitset, (n+63)/64) }
func (b bitset) has(i uint32) bool { return b[i>>6]&(1<<(i&63)) != 0 }
func (b bitset) set(i uint32)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) count() (n int) {
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// shard is the documents of one tenant and kind as of one moment; never changed once published, but for its caches.
type shard struct {
	segs   []*segment
	dead   []bitset // of each segment; nil: none
	nDead  []int
	live   int
	values sync.Map // field → map[string]int, for Values
}

func (s *shard) copy() *shard {
	if s == nil {
		return &shard{}
	}
	return &shard{segs: slices.Clone(s.segs), dead: slices.Clone(s.dead), nDead: slices.Clone(s.nDead), live: s.live}
}

// without marks documents dead.
func (s *shard) without(ids []string) *shard {
	out := s.copy()
	owned := make([]bool, len(out.segs))
	for _, id := range ids {
		for i, seg := range out.segs {
			d, ok := seg.byID[id]
			if !ok || out.dead[i] != nil && out.dead[i].has(d) {
				continue
			}
			if !owned[i] {
				owned[i] = true
				if out.dead[i] = slices.Clone(out.dead[i]); out.dead[i] == nil {
					out.dead[i] = newBits(len(seg.ids))
				}
			}
			out.dead[i].set(d)
			out.nDead[i]++
			out.live--
			break
		}
	}
	return out
}

// with adds a segment whose ids no live document has; the shard is one that nobody else sees yet.
func (s *shard) with(seg *segment) *shard {
	if len(seg.ids) == 0 {
		return s
	}
	s.segs, s.dead, s.nDead = append(s.segs, seg), append(s.dead, nil), append(s.nDead, 0)
	s.live += len(seg.ids)
	return s
}

// merged keeps sizes geometric (a segment is at least twice as large as the next) and drops what is a quarter dead.
func (s *shard) merged() *shard {
	for i := 0; i < len(s.segs); i++ {
		if s.nDead[i]*4 > len(s.segs[i].ids) {
			s.join(i, i+1)
		}
	}
	for n := len(s.segs); n > 1 && s.size(n-2) < 2*s.size(n-1); n = len(s.segs) {
		from := n - 2
		total := s.size(n-1) + s.size(n-2)
		for from > 0 && s.size(from-1) < 2*total { // what would cascade is joined at once
			from--
			total += s.size(from)
		}
		s.join(from, n)
	}
	return s
}

func (s *shard) compacted() *shard {
	out := s.copy()
	if len(out.segs) > 1 || len(out.segs) == 1 && out.nDead[0] > 0 {
		out.join(0, len(out.segs))
	}
	return out
}

// dim is the dimension of the vectors, 0 = there are none.
func (s *shard) dim() int {
	if s == nil {
		return 0
	}
	for _, seg := range s.segs {
		if seg.dim != 0 {
			return seg.dim
		}
	}
	return 0
}

func (s *shard) size(i int) int { return len(s.segs[i].ids) - s.nDead[i] }

func (s *shard) join(from, to int) {
	seg := join(s.segs[from:to], s.dead[from:to])
	if len(seg.ids) == 0 {
		s.segs, s.dead, s.nDead = slices.Delete(s.segs, from, to), slices.Delete(s.dead, from, to), slices.Delete(s.nDead, from, to)
		return
	}
	s.segs = slices.Replace(s.segs, from, to, seg)
	s.dead = slices.Replace(s.dead, from, to, nil)
	s.nDead = slices.Replace(s.nDead, from, to, 0)
}
