package action

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"

	"shopkeeper/shop"
)

//go:embed rules.json
var defaults []byte

// Defaults are the rules of a tenant that has none of its own, one a kind. It panics when the file is not valid, which a test finds.
var Defaults = func() []shop.Rule {
	rs, err := ReadRules(defaults)
	if err != nil {
		panic(err)
	}
	return rs
}()

// Default is the built-in rule of a kind.
func Default(kind string) (shop.Rule, bool) {
	i := slices.IndexFunc(Defaults, func(r shop.Rule) bool { return r.ID == kind })
	if i < 0 {
		return shop.Rule{}, false
	}
	return Defaults[i], true
}

// ReadRules reads and checks a JSON list of rules.
func ReadRules(raw []byte) (rs []shop.Rule, err error) {
	if err := json.Unmarshal(raw, &rs); err != nil {
		return nil, &shop.Error{Kind: shop.Invalid, Msg: fmt.Sprintf("The rules are not a valid JSON list: %s.", err), Err: err}
	}
	for i, r := range rs {
		if err := check(r); err != nil {
			return nil, invalid(fmt.Sprintf("rules.%d", i), "Rule %d (%q): %s", i+1, shorten(r.ID), err)
		}
	}
	return rs, nil
}

func check(r shop.Rule) error {
	_, known := decisions[r.ID]
	switch {
	case !known:
		return fmt.Errorf("there is no such action; there are %v", Kinds)
	case r.Version == "":
		return fmt.Errorf("it needs a version")
	case len(r.Statuses) == 0 && !r.Off && !OfAccount(r.ID):
		return fmt.Errorf("it names no statuses: name those that allow the action, or switch it off")
	case r.Fee < 0, r.Cap < 0, r.BPS < 0, r.BPS > 10_000, r.LateDays < 0, r.SecondOver < 0, r.ShippingBack < 0:
		return fmt.Errorf("amounts and days cannot be negative, and bps goes up to 10000")
	}
	return nil
}
