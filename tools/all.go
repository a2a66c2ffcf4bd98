package tools

import "shopkeeper/shop/action"

// Shopper names the tools of the shoppers' assistant, in the order that the model sees.
var Shopper = append([]string{
	"search_products", "get_product", "compare_products", "find_coupons", "order_status", "search_policies", "my_account", "hand_off",
}, action.Kinds...)

// Writes are the tools that propose.
var Writes = action.Kinds

// All are the tools of the shop, in the order in which models see them. A shop without Actions changes nothing.
func All(d Deps) []Tool {
	all := []Tool{
		searchProducts(d),
		getProduct(d),
		compareProducts(d),
		findCoupons(d),
		orderStatus(d),
		searchPolicies(d),
		myAccount(d),
	}
	if d.Actions != nil {
		all = append(all, writes(d)...)
	}
	if d.Desk {
		all = append(all, handOff())
	}
	return all
}
