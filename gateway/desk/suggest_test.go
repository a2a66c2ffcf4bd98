package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// drafter gives what a test says.
type drafter struct {
	all      []desk.Drafted
	err      error
	fresh    bool
	unproven string
	kept     []shop.Proposal
}

func (d *drafter) Draft(context.Context, desk.Case) ([]desk.Drafted, error) { return d.all, d.err }
func (d *drafter) Fresh(context.Context, desk.Case, []chat.Evidence) (bool, error) {
	return d.fresh, nil
}

func (d *drafter) Undone(context.Context, desk.Case, string) (bool, error) { return false, nil }

func (d *drafter) Proven(context.Context, desk.Case, []chat.Evidence, string) (string, error) {
	return d.unproven, nil
}

func (d *drafter) Keep(_ context.Context, _ shop.Principal, p shop.Proposal) (shop.Proposal, error) {
	p.ID = "kept"
	d.kept = append(d.kept, p)
	return p, nil
}

type fixed []desk.Macro

func (m fixed) MacrosFor(context.Context, desk.Case, int) ([]desk.Macro, error) { return m, nil }

func suggester(d *drafter, m desk.Macros) *desk.Suggester {
	n := 0
	return &desk.Suggester{Drafter: d, Macros: m, Now: func() time.Time { return time.Unix(1, 0) }, Log: slog.New(slog.DiscardHandler), NewID: func() string {
		n++
		return fmt.Sprint("s", n)
	}}
}

func looked(tool string) chat.Evidence {
	return chat.Evidence{Call: chat.ToolCall{Name: tool}, Output: json.RawMessage(`{}`)}
}

func TestSuggest(t *testing.T) {
	cite := []desk.Citation{{N: 1, Document: "Returns", Section: "Window", Version: "3", Quote: "Within 30 days."}}
	order := desk.Drafted{Text: "Order #W1 is on its way.", Facts: []chat.Evidence{looked("order_status")}, BuiltIn: true, Whole: true, Prompt: "p1"}
	for name, c := range map[string]struct {
		asked  string
		drafts []desk.Drafted
		err    error
		macros fixed
		want   []string // source band intent
	}{
		"facts":              {"Where is it?", []desk.Drafted{order}, nil, nil, []string{"facts grounded orders"}},
		"policy":             {"May I return it?", []desk.Drafted{{Text: "Within 30 days.", Facts: []chat.Evidence{looked("search_policies")}, Citations: cite, BuiltIn: true, Whole: true}}, nil, nil, []string{"policy grounded policy"}},
		"model":              {"May I return it?", []desk.Drafted{{Text: "Yes, within 30 days [1].", Facts: []chat.Evidence{looked("search_policies")}, Citations: cite, Whole: true}}, nil, nil, []string{"model grounded policy"}},
		"uncited":            {"May I return it?", []desk.Drafted{{Text: "Sure.", Facts: []chat.Evidence{looked("search_policies")}, Whole: true}}, nil, nil, []string{"model check policy"}},
		"struck":             {"Refund?", []desk.Drafted{{Text: "You get […].", Facts: []chat.Evidence{looked("order_status")}, Whole: true, Struck: 1}}, nil, nil, []string{"model unsure orders"}},
		"tool failed":        {"Refund?", []desk.Drafted{{Text: "It is late.", Facts: []chat.Evidence{looked("order_status")}, Whole: true, Failures: 1}}, nil, nil, []string{"model unsure orders"}},
		"cut":                {"Refund?", []desk.Drafted{{Text: "It is", Facts: []chat.Evidence{looked("order_status")}}}, nil, nil, []string{"model unsure orders"}},
		"question":           {"It broke", []desk.Drafted{{Text: "Which order is it?", Whole: true}}, nil, nil, []string{"question check talk"}},
		"nothing":            {"?", nil, nil, nil, []string{"question check unclear", "handoff unsure unclear"}},
		"dead":               {"?", nil, errors.New("down"), nil, []string{"question check unclear", "handoff unsure unclear"}},
		"macro first":        {"Where is it?", []desk.Drafted{order}, nil, fixed{{ID: "late", Text: "We are sorry.", Version: "2"}}, []string{"macro grounded macro:late", "facts grounded orders"}},
		"macro with gaps":    {"Where is it?", nil, nil, fixed{{ID: "late", Text: "Sorry, {customer}.", Gaps: true}}, []string{"macro check macro:late"}},
		"danger before all":  {"It caught fire, where is my order?", []desk.Drafted{order}, nil, fixed{{ID: "late", Text: "Sorry."}}, []string{"handoff unsure injury", "macro grounded macro:late", "facts check orders"}},
		"danger in Chinese":  {"我要找律师起诉你们", nil, nil, nil, []string{"handoff unsure legal"}},
		"the same text once": {"Where is it?", []desk.Drafted{order, order}, nil, nil, []string{"facts grounded orders"}},
		"three at most": {
			"Where?",
			[]desk.Drafted{order, {Text: "a", Whole: true}, {Text: "b", Whole: true}, {Text: "c", Whole: true}},
			nil, nil,
			[]string{"facts grounded orders", "model check talk", "model check talk"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := suggester(&drafter{all: c.drafts, err: c.err}, nil)
			if c.macros != nil {
				s.Macros = c.macros
			}
			got, err := s.Suggest(t.Context(), desk.Case{
				Row:      desk.Row{Conversation: chat.Conversation{ID: "c1", Lang: "en", Revision: 7, For: shop.Principal{Tenant: "t1", ID: "ann", Role: shop.Shopper}}},
				Messages: []chat.Message{{Role: chat.User, Text: c.asked}},
			}, "m1")
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, x := range got {
				all = append(all, fmt.Sprintf("%s %s %s", x.Source, x.Band, x.Intent))
				if x.Message != "m1" || x.Revision != 7 || x.Tenant != "t1" || x.Conversation != "c1" || x.State != desk.Generated || x.ID == "" || x.Citations == nil {
					t.Errorf("not bound: %+v", x)
				}
			}
			if fmt.Sprint(all) != fmt.Sprint(c.want) {
				t.Errorf("got %q, want %q", all, c.want)
			}
		})
	}
}

func TestLast(t *testing.T) {
	c := desk.Case{Messages: []chat.Message{
		{Role: chat.User, Text: "old"},
		{Role: chat.Bot, Text: "answer"},
		{Role: chat.User, Text: "one"},
		{Role: chat.Bot},
		{Role: chat.Notice, Text: "A person will answer."},
		{Role: chat.User, Text: "two"},
		{Role: chat.Note, Text: "careful"},
	}}
	if got := c.Last(); got != "one\ntwo" {
		t.Errorf("got %q", got)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"", "", 0}, {"abcd", "abcd", 0}, {"abcd", "abxd", 0.25}, {"abcd", "", 1}, {"", "abcd", 1}, {"退款", "退货", 0.5}, {"abcd", "wxyz", 1}, {"ab", "abcd", 0.5}} {
		if got := desk.Distance(c.a, c.b); got != c.want {
			t.Errorf("Distance(%q, %q) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
