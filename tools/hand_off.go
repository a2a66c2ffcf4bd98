package tools

import (
	"context"
	_ "embed"
	"encoding/json"

	"github.com/google/jsonschema-go/jsonschema"

	"shopkeeper/shop"
)

//go:embed hand_off.md
var handOffText string

// HandoffInput: Reason is one of shop.HandoffReasons.
type HandoffInput struct {
	Reason  string `json:"reason"`
	Summary string `json:"summary"`
}

// handOff gives an intent: the conversation changes hands as its turn is committed.
func handOff() Tool {
	return handingOff{New(Spec{Name: "hand_off", Description: handOffText, Roles: []shop.Role{shop.Shopper}}, func(_ context.Context, _ Scope, in HandoffInput) (HandoffInput, error) {
		in.Summary = clean(in.Summary, 600)
		return in, nil
	}, View[HandoffInput, HandoffInput]{
		Schema: func(s *jsonschema.Schema) {
			for _, r := range shop.HandoffReasons {
				s.Properties["reason"].Enum = append(s.Properties["reason"].Enum, r)
			}
			text(s.Properties["summary"], 1, 2000)
		},
		Line: func(sc Scope, _, _ HandoffInput) string {
			return either(sc.Lang, "Asked for a person", "已请求人工客服")
		},
	}).(*tool[HandoffInput, HandoffInput])}
}

type handingOff struct {
	*tool[HandoffInput, HandoffInput]
}

func (h handingOff) Call(ctx context.Context, sc Scope, args json.RawMessage) (Result, error) {
	res, err := h.tool.Call(ctx, sc, args)
	if err != nil {
		return res, err
	}
	var in HandoffInput
	if err := json.Unmarshal(res.Output, &in); err != nil {
		return res, err
	}
	res.Handoff = &shop.Handoff{Reason: in.Reason, Summary: in.Summary}
	return res, nil
}
