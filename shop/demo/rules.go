package demo

import (
	_ "embed"

	"shopkeeper/shop"
	"shopkeeper/shop/action"
)

//go:embed rules.json
var rulesJSON []byte

// rules are the policies as data. It panics when the file is not valid, which a test finds.
func rules() []shop.Rule {
	rs, err := action.ReadRules(rulesJSON)
	if err != nil {
		panic(err)
	}
	return rs
}
