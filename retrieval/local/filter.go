package local

import (
	"fmt"

	"shopkeeper/retrieval"
)

// filter sets v.allowed to the documents that are not dead and meet every filter.
func (v *view) filter(dead bitset, fs []retrieval.Filter) error {
	if dead == nil && len(fs) == 0 {
		return nil
	}
	n := len(v.ids)
	v.allowed = newBits(n)
	for i := range v.allowed {
		v.allowed[i] = ^uint64(0)
	}
	if r := n % 64; r != 0 {
		v.allowed[len(v.allowed)-1] = 1<<r - 1
	}
	for i, w := range dead {
		v.allowed[i] &^= w
	}
	for _, f := range fs {
		meets, inverse, err := v.meets(f)
		if err != nil {
			return err
		}
		for i, w := range meets {
			if inverse {
				w = ^w
			}
			v.allowed[i] &= w
		}
	}
	return nil
}

// meets is the set of documents that a filter names; inverse: it wants the others.
func (v *view) meets(f retrieval.Filter) (set bitset, inverse bool, err error) {
	set = newBits(len(v.ids))
	if f.Number == nil {
		byVal := v.tags[f.Field]
		for _, val := range f.Values {
			for _, d := range byVal[val] {
				set.set(d)
			}
		}
		switch f.Op {
		case retrieval.Eq, retrieval.In:
			return set, false, nil
		case retrieval.Ne, retrieval.NotIn:
			return set, true, nil
		}
		return nil, false, fmt.Errorf("filter %s: %w: operator %q needs a number", f.Field, retrieval.ErrFilter, f.Op)
	}
	x, c := *f.Number, v.nums[f.Field]
	var holds func(y float64) bool
	switch f.Op {
	case retrieval.Eq, retrieval.Ne:
		holds = func(y float64) bool { return y == x }
	case retrieval.Lt:
		holds = func(y float64) bool { return y < x }
	case retrieval.Lte:
		holds = func(y float64) bool { return y <= x }
	case retrieval.Gt:
		holds = func(y float64) bool { return y > x }
	case retrieval.Gte:
		holds = func(y float64) bool { return y >= x }
	default:
		return nil, false, fmt.Errorf("filter %s: %w: operator %q does not compare numbers", f.Field, retrieval.ErrFilter, f.Op)
	}
	for p, d := range c.docs {
		if holds(c.vals[p]) {
			set.set(d)
		}
	}
	return set, f.Op == retrieval.Ne, nil
}
