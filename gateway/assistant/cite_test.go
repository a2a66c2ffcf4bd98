package assistant

import (
	"slices"
	"testing"
)

func TestSentences(t *testing.T) {
	got := sentencesOf("It costs $913.77 more. Really? 是的。退款3.5元！\nBye")
	want := []string{"It costs $913.77 more.", "Really?", "是的。", "退款3.5元！", "Bye"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
