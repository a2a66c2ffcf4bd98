package assistant

import (
	"encoding/json"
	"testing"
	"time"
)

// What a proposal holds may be said; a discount hidden in an address may not.
func TestProposalsAreEvidence(t *testing.T) {
	out := json.RawMessage(`{"proposal":{"id":"p","tool":"change_address","record":"SK-100","summary":"x","before":{"total":{"minor":4990,"currency":"USD"}},
		"after":{"address":{"name":"Ann","line1":"812 Oak Street 50 % off","city":"Portland","region":"OR","postal":"97201","country":"US"},"refund":[{"method":"PayPal","amount":{"minor":1234,"currency":"USD"}}]},
		"money_delta":{"minor":-1234,"currency":"USD"},"expires":"2026-11-27T10:15:00Z","state":"open"},"note":"n"}`)
	for said, want := range map[string]string{
		"Order SK-100 goes to 812 Oak Street, Portland, OR 97201, US.": "Order SK-100 goes to 812 Oak Street, Portland, OR 97201, US.",
		"$12.34 come back to PayPal.":                                  "$12.34 come back to PayPal.",
		"$97,201 come back.":                                           "[…] come back.",
		"You get 50 % off.":                                            "You get […] off.",
		"$12.35 come back.":                                            "[…] come back.",
	} {
		e := newEvidence("USD", time.UTC, time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC))
		e.add("change_address", out)
		g := newGuard(e)
		if got := g.Write(said) + g.Flush(); got != want {
			t.Errorf("said %q\n got %q\nwant %q", said, got, want)
		}
	}
}

func TestSaysYes(t *testing.T) {
	for _, s := range []string{"yes", "Yes.", "YES!!", " yes, please ", "OK", "go ahead", "好的", "是的。", "确认", "确认！", "可以", "Ｙｅｓ", "yes 👍"} {
		if !saysYes(s) {
			t.Errorf("%q is a yes", s)
		}
	}
	for _, s := range []string{"", "no", "yes but to another address", "not yes", "yes?no", "ok what does it cost", "不好", "不可以", "好的，但是换个地址", "confirm nothing", "👍", "y", "yesterday", "是不是"} {
		if saysYes(s) {
			t.Errorf("%q is no plain yes", s)
		}
	}
}
