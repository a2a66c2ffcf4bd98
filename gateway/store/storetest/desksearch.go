package storetest

import (
	"fmt"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// A search finds conversations by their words in both languages, and by their customer: name, e-mail address, order. Closed ones, too, and
// never another tenant's.
func testDeskSearch(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	must(t, s.PutPeople(ctx, "a", []shop.Person{{ID: "ann", Name: "Ann Lindqvist", Email: "ann@example.com"}, {ID: "bob", Name: "王小明 100%"}}))
	must(t, s.PutPeople(ctx, "b", []shop.Person{{ID: "ann", Name: "Ann Lindqvist", Email: "other@example.com"}}))
	must(t, s.PutOrders(ctx, "a", []shop.Order{order("SK-77", "ann", time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))}))
	commit(t, s, handOver(begin(t, s, ann, "c1", say("u1", "My lamp broke."), chat.New)))
	commit(t, s, handOver(begin(t, s, bob, "c2", say("u2", "我的耳机没有声音"), chat.New)))
	commit(t, s, handOver(begin(t, s, in("b", ann), "c3", say("u3", "My lamp broke."), chat.New)))
	w, err := s.DeskRow(ctx, agent, "c1")
	must(t, err)
	_, err = s.CloseConversation(ctx, agent, "c1", expect(w))
	must(t, err)
	for text, want := range map[string]string{
		"my lamp": "c1", "耳机": "c2", "lindqvist": "c1", "ANN@example.com": "c1", "other@example.com": "", "SK-77": "c1", "sk-77": "c1",
		"SK-7": "", "小明": "c2", "100%": "c2", "%": "c2", "nobody": "",
	} {
		rows, err := s.DeskRows(ctx, agent, desk.Query{View: desk.All, Text: text})
		must(t, err)
		got := ""
		for _, w := range rows {
			got += w.ID
		}
		same(t, fmt.Sprintf("found by %q", text), got, want)
	}
	rows, err := s.DeskRows(ctx, agent, desk.Query{View: desk.Closed, Text: "Lindqvist"})
	must(t, err)
	if len(rows) != 1 || !rows[0].Closed {
		t.Errorf("closed %+v", rows)
	}
}
