package eval

import "math/rand/v2"

// shortestTyped is how long a word must be to get a typo.
const shortestTyped = 4

// Typo puts one wrong letter into one Latin word of four letters or more: drops one, doubles one, swaps two, or puts in
// another. The same seed gives the same typo; a text without such a word comes back as it is.
func Typo(s string, seed uint64) string {
	rng := rand.New(rand.NewPCG(seed, 0x7970))
	type span struct{ from, to int }
	var words []span
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && letter(s[j]) {
			j++
		}
		if j-i >= shortestTyped {
			words = append(words, span{i, j})
		}
		i = max(j, i+1)
	}
	if len(words) == 0 {
		return s
	}
	w := words[rng.IntN(len(words))]
	for {
		b := []byte(s[w.from:w.to])
		at := rng.IntN(len(b))
		switch rng.IntN(4) {
		case 0:
			b = append(b[:at:at], b[at+1:]...)
		case 1:
			b = append(b[:at+1:at+1], b[at:]...)
		case 2:
			if at+1 == len(b) {
				at--
			}
			b[at], b[at+1] = b[at+1], b[at]
		case 3:
			b[at] = byte('a' + rng.IntN(26))
		}
		if out := s[:w.from] + string(b) + s[w.to:]; out != s { // two equal letters swapped are no typo
			return out
		}
	}
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
