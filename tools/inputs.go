package tools

// SearchInput is what a model may ask of search_products. Query alone is enough.
type SearchInput struct {
	Query        string   `json:"query"`
	Alternatives []string `json:"alternatives,omitempty"`
	Filters      []Filter `json:"filters,omitempty"`
	Sort         string   `json:"sort,omitempty"`
	Limit        int      `json:"limit,omitempty"`
	// Peek looks without showing cards: the built-in model understands earlier messages again with it.
	Peek bool `json:"peek,omitempty"`
}

// Filter is a typed wish. Field: price (in the shop's currency, as people say it: 79.90), brand, category, color, rating, stock,
// or an attribute's name. Value: a string, a number, or a list of strings for in, not_in.
type Filter struct {
	Field string `json:"field"`
	Op    string `json:"op"`
	Value any    `json:"value"`
	Unit  string `json:"unit,omitempty"`
}

type ProductInput struct {
	ID string `json:"id"`
}
type CompareInput struct {
	IDs []string `json:"ids"`
}
type CouponsInput struct {
	Product string `json:"product,omitempty"`
	Code    string `json:"code,omitempty"`
}
type OrderInput struct {
	Order string `json:"order,omitempty"` // "" = the latest
}
type PoliciesInput struct {
	Query string `json:"query"`
}
