package desk_test

import (
	"context"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"shopkeeper/gateway/desk"
	"shopkeeper/retrieval/ingest"
	"shopkeeper/shop"
	"shopkeeper/shop/demo"
)

func macros(t *testing.T) (all []shop.Document) {
	t.Helper()
	files, err := fs.Glob(demo.Policies(), "*/macros/*.md")
	if err != nil || len(files) < 24 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		raw, err := fs.ReadFile(demo.Policies(), name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := ingest.Read(context.Background(), name, raw)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	return all
}

// What customers write finds the macro that fits, and no other before it; what is about something else finds none.
func TestRankMacros(t *testing.T) {
	all := macros(t)
	for _, c := range []struct{ message, want string }{
		{"Hi, my parcel is late, it should have been here on Monday!", "en-macros-delay-apology"},
		{"hello?? where is my refund, I sent the shoes back two weeks ago", "en-macros-refund-time"},
		{"When do I get my money back for order 10042?", "en-macros-refund-time"},
		{"The kettle arrived damaged", "en-macros-damaged-photo"},
		{"I opened the box and the screen is cracked :(", "en-macros-damaged-photo"},
		{"how do i return these headphones", "en-macros-return-steps"},
		{"I'd like to send it back please", "en-macros-return-steps"},
		{"Oh no, I gave you the wrong address", "en-macros-address-change"},
		{"can you change my shipping address before it leaves?", "en-macros-address-change"},
		{"My coupon doesn't work at the checkout", "en-macros-coupon-conditions"},
		{"you sent me the wrong size", "en-macros-wrong-item"},
		{"The tracking says delivered but I never got it", "en-macros-parcel-missing"},
		{"It stopped working after a week", "en-macros-warranty-claim"},
		{"thanks, problem is solved", "en-macros-closing"},
		{"你好，我的退款什么时候到账？", "zh-macros-refund-time"},
		{"快递延误好几天了", "zh-macros-delay-apology"},
		{"收到的时候东西坏了，怎么办", "zh-macros-damaged-photo"},
		{"请问怎么退货啊", "zh-macros-return-steps"},
		{"我地址填错了，能改吗", "zh-macros-address-change"},
		{"这个优惠券用不了", "zh-macros-coupon-conditions"},
		{"发错货了！我要的是黑色", "zh-macros-wrong-item"},
		{"我要转人工", "zh-macros-greeting"},

		{"Which headphones do you have under $80?", ""},
		{"Is this kettle any good?", ""},
		{"What is the battery life of the watch", ""},
		{"I love my new jacket, thank you so much", ""},
		{"Do you ship to Canada?", ""},
		{"Where is my order?", ""},
		{"I want to order two more of these", ""},
		{"does the address book app run on this tablet", ""},
		{"What is the return on investment of a heat pump", ""},
		{"推荐一款200元以内的耳机", ""},
		{"这个手表防水吗", ""},
		{"谢谢你", ""},
		{"我想再买两个", ""},
		{"", ""},
	} {
		got := ""
		if ranked := desk.RankMacros(all, c.message); len(ranked) > 0 {
			got = ranked[0].Document.ID
			if s := ranked[0].Score; s <= 0 || s > 1 {
				t.Errorf("%q: score %v", c.message, s)
			}
		}
		if got != c.want {
			t.Errorf("%q finds %q, want %q", c.message, got, c.want)
		}
	}
}

// What an agent types finds by words and by how they begin.
func TestFindDocuments(t *testing.T) {
	docs := []shop.Document{
		{ID: "return-steps", Title: "How to return", Text: "Open your order and choose a label."},
		{ID: "refund", Title: "Refund time", Tags: []string{"money"}, Text: "After your return has arrived."},
		{ID: "zh", Title: "退款时间", Phrases: []string{"退款要多久"}},
	}
	for query, want := range map[string][]string{
		"":             {"return-steps", "refund", "zh"},
		"return":       {"return-steps", "refund"},
		"ref":          {"refund"},
		"retu":         {"return-steps", "refund"},
		"MON":          {"refund"},
		"return label": {"return-steps"},
		"退款":           {"zh"},
		"款":            {"zh"},
		"eturn":        nil,
		"lamp":         nil,
		"?":            nil,
	} {
		var got []string
		for _, r := range desk.FindDocuments(docs, query) {
			got = append(got, r.Document.ID)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: %s", query, d)
		}
	}
}
