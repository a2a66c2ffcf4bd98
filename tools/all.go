package tools

// All are the tools of the shop, in the order in which models see them.
func All(d Deps) []Tool {
	return []Tool{
		searchProducts(d),
		getProduct(d),
		compareProducts(d),
		findCoupons(d),
		orderStatus(d),
		searchPolicies(d),
	}
}
