package tools

import (
	"testing"

	"pgregory.net/rapid"
)

// What needs no cleaning comes back as it is; the control character takes the way of what does.
func TestCleanTakesOneWayOrTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.SampledFrom([]rune{'a', 'b', ' ', '~', '\t', '\u200b', '茶', '0'}), 0, 12, -1).Draw(t, "s")
		most := rapid.IntRange(0, 12).Draw(t, "most")
		if got, want := clean(s, most), clean(s+"\x00", most); got != want {
			t.Fatalf("%q cut at %d becomes %q, and %q with a control character at its end", s, most, got, want)
		}
	})
}
