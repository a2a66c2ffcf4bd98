package tools

import (
	"context"
	_ "embed"
	"fmt"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"

	"shopkeeper/retrieval"
	"shopkeeper/shop"
)

//go:embed search_policies.md
var policiesText string

const shownPassages = 4

type policiesOut struct {
	Passages []shop.PolicyCard `json:"passages"`
	Note     string            `json:"note,omitempty"`
}

func searchPolicies(d Deps) Tool {
	return New(Spec{Name: "search_policies", Description: policiesText, Public: []string{"query"}}, d.policies, View[PoliciesInput, policiesOut]{
		Schema: func(s *jsonschema.Schema) { text(s.Properties["query"], 1, 500) },
		Cards: func(sc Scope, _ PoliciesInput, out policiesOut) (all []shop.Card) {
			for i, p := range out.Passages {
				all = append(all, cards("policy", sc, p, fmt.Sprint(i+1))...)
			}
			return all
		},
		Line: func(sc Scope, _ PoliciesInput, out policiesOut) string {
			if len(out.Passages) == 0 {
				return either(sc.Lang, "Found nothing in the shop's policies", "店铺政策中没有找到相关内容")
			}
			return either(sc.Lang, "Looked into the shop's policies", "查阅了店铺政策")
		},
		Model: func(_ Scope, _ PoliciesInput, out policiesOut) (any, error) {
			out.Note = quotedNote
			return out, nil
		},
	})
}

func (d Deps) policies(ctx context.Context, sc Scope, in PoliciesInput) (policiesOut, error) {
	out := policiesOut{Passages: []shop.PolicyCard{}}
	ps, err := d.Search.Passages(ctx, retrieval.Query{
		Tenant: sc.Who.Tenant, Kind: retrieval.KindPassage, Text: clean(in.Query, 500), Lang: sc.Lang, Limit: shownPassages,
	})
	if err != nil {
		return out, err
	}
	// The same policy may stand there in several languages: the shopper's own comes first.
	slices.SortStableFunc(ps, func(a, b shop.Passage) int { return foreign(a, sc.Lang) - foreign(b, sc.Lang) })
	for _, p := range ps[:min(len(ps), shownPassages)] {
		out.Passages = append(out.Passages, shop.PolicyCard{
			Document: clean(p.Document, maxTitle), Section: clean(p.Section, maxTitle), Version: clean(p.Version, maxName), Quote: clean(p.Quote, maxQuote),
		})
	}
	return out, nil
}

func foreign(p shop.Passage, lang string) int {
	if p.Lang == "" || p.Lang == lang {
		return 0
	}
	return 1
}
