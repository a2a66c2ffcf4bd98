package assistant

import "testing"

// BenchmarkPromises judges what an honest model says, a word at a time, as it is streamed.
func BenchmarkPromises(b *testing.B) {
	e := proof(b)
	all := "I found 214 kettles; the best ones are on the cards. The first one costs $39.90 and is rated 4.5. You can return it within 30 days. There is an offer on it, and it is expected on Nov 27. "
	var words []string
	last := 0
	for i, r := range all {
		if r == ' ' {
			words = append(words, all[last:i+1])
			last = i + 1
		}
	}
	b.SetBytes(int64(len(all)))
	b.ReportAllocs()
	for b.Loop() {
		g := newPromises(e)
		for _, w := range words {
			g.Write(w)
		}
		g.Flush()
	}
}
