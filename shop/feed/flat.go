package feed

import (
	"html"
	"strings"

	"shopkeeper/shop"
)

// aliases of the fields of a flat row, as Google Merchant, ACP and shops' own tables name them. "-" is known and of no use
// to a shopper: logistics, advertising, flags of other surfaces.
var aliases = func() map[string]string {
	m := map[string]string{}
	for field, names := range map[string]string{
		"id":          "id sku item_id product_id variant_id",
		"title":       "title name product_name item_name",
		"description": "description product_description body_html",
		"url":         "url link product_url",
		"image":       "image image_link image_url",
		"price":       "price regular_price", "sale_price": "sale_price", "sale_dates": "sale_price_effective_date",
		"price_cents": "price_cents", "was_cents": "was_cents", "currency": "currency",
		"availability": "availability", "stock": "stock quantity inventory inventory_quantity qty sell_on_google_quantity",
		"brand": "brand manufacturer vendor", "ean": "ean gtin upc barcode isbn", "model": "model mpn",
		"category": "category categories product_type product_category", "category_google": "google_product_category",
		"group": "group item_group_id group_id", "released": "released release_date", "lang": "lang language content_language",
		"rating": "rating product_review_rating star_rating", "reviews": "reviews product_review_count review_count",
		"merchant": "merchant merchant_id external_seller_id", "highlight": "product_highlight", "delete": "delete",
		"-": `additional_image_link additional_image_links additional_image_url additional_image_urls mobile_link video_link
			video_url model_3d_link lifestyle_image_link canonical_link identifier_exists is_bundle shipping shipping_label
			shipping_price shipping_weight shipping_length shipping_width shipping_height transit_time_label tax tax_category
			ads_redirect ads_labels ads_grouping adult custom_label_0 custom_label_1 custom_label_2 custom_label_3 custom_label_4
			promotion_id included_destination excluded_destination expiration_date cost_of_goods_sold installment
			enable_search enable_checkout is_eligible_search is_eligible_checkout is_eligible_ads is_ads_eligible
			seller_url seller_privacy_policy seller_tos return_policy return_window return_deadline_in_days accepts_returns
			accepts_exchanges store_country target_countries target_country geo_price geo_availability listing_has_variations
			popularity_score return_rate delivery_estimate store_review_count store_review_rating store_star_rating
			related_product_id relationship_type q_and_a reviews_list raw_review_data offer_id item_group_title
			applicable_fees pause min_handling_time max_handling_time unit_pricing_base_measure unit_pricing_measure`,
	} {
		for _, n := range strings.Fields(names) {
			m[n] = field
		}
	}
	return m
}()

// plainText fields keep their values as texts: "10" is a size, not an amount.
var plainText = map[string]bool{"color": true, "size": true, "material": true, "pattern": true, "gender": true, "age_group": true, "condition": true}

// flat collects a row of named texts, of whichever format, into a product.
type flat struct {
	opt        Options
	p          shop.Product
	names      map[string]string // our field → the feed's name of it, for rejects
	vals       map[string]string
	highlights []string
	unknown    bool // the stock of a variant
}

func newFlat(opt Options) *flat {
	return &flat{opt: opt, names: map[string]string{}, vals: map[string]string{}}
}

// key is a field's name as aliases has it.
func key(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	name = strings.TrimPrefix(strings.TrimPrefix(name, "g:"), "g_")
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '-' || r == '_' }), "_")
}

// set takes one field by the feed's name. The first value of a field counts, save for those that may repeat.
func (f *flat) set(name, value string) {
	if value = strings.TrimSpace(value); value == "" {
		return
	}
	k := key(name)
	field, known := aliases[k]
	if strings.HasPrefix(k, "custom_variant") {
		known, field = true, "-"
	}
	switch {
	case !known:
		f.attribute(strings.ReplaceAll(k, "_", " "), k, value)
	default:
		f.put(field, name, value)
	}
}

// put takes one field by our name.
func (f *flat) put(field, name, value string) {
	value = strings.TrimSpace(value)
	switch {
	case value == "" || field == "-":
	case strings.HasPrefix(field, "attrs."):
		n := attributeName(strings.TrimPrefix(field, "attrs."))
		f.attribute(n, n, value)
	case field == "ean":
		for _, e := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '|' }) {
			f.p.EAN = append(f.p.EAN, cleanLine(e))
		}
	case field == "highlight":
		f.highlights = append(f.highlights, plain(value))
	default:
		if _, dup := f.vals[field]; !dup {
			f.vals[field], f.names[field] = value, name
		}
	}
}

func (f *flat) attribute(name, k, value string) {
	if name == "" || len(name) > maxID {
		return
	}
	if !plainText[k] {
		if value = cleanLine(value); value != "" {
			f.p.Attributes = append(f.p.Attributes, loose(name, value))
		}
		return
	}
	parts := []string{value}
	if k == "color" || k == "material" { // Google: up to three, with a slash
		parts = strings.Split(value, "/")
	}
	for _, v := range parts {
		if v = cleanLine(v); v != "" {
			f.p.Attributes = append(f.p.Attributes, shop.Attribute{Name: strings.ReplaceAll(name, "_", " "), Value: shop.Text(v)})
		}
	}
}

func (f *flat) name(field string) string {
	if n := f.names[field]; n != "" {
		return n
	}
	return field
}

// product checks what was collected.
func (f *flat) product() (shop.Product, *Reject) {
	p, v := &f.p, f.vals
	if d := strings.ToLower(v["delete"]); d == "true" || d == "1" {
		return f.p, reject(f.name("delete"), "the row asks for a deletion: leave it out and import with --full")
	}
	p.ID, p.Title = v["id"], cleanLine(html.UnescapeString(v["title"]))
	p.Brand, p.Model, p.Lang = cleanLine(v["brand"]), cleanLine(v["model"]), cleanLine(v["lang"])
	p.Group, p.Merchant = cleanLine(v["group"]), cleanLine(v["merchant"])
	p.Description = plain(v["description"])
	for _, h := range f.highlights {
		p.Description = strings.TrimSpace(p.Description + "\n" + h)
	}
	p.URL, p.Image = v["url"], v["image"]
	for _, field := range []string{"url", "image"} {
		if rj := checkLink(f.name(field), v[field]); rj != nil {
			return f.p, rj
		}
	}
	if p.Categories = categoryPath(v["category"]); p.Categories == nil && strings.Trim(v["category_google"], "0123456789") != "" {
		p.Categories = categoryPath(v["category_google"])
	}
	var rj *Reject
	if p.Released, rj = date(f.name("released"), v["released"]); rj != nil {
		return f.p, rj
	}
	if s := v["rating"]; s != "" {
		n, rj := rating(f.name("rating"), s)
		if rj != nil {
			return f.p, rj
		}
		p.Rating = &n
	}
	for field, to := range map[string]**int{"reviews": &p.Reviews, "stock": &p.Stock} {
		if s := v[field]; s != "" {
			n, rj := count(f.name(field), s)
			if rj != nil {
				return f.p, rj
			}
			*to = &n
		}
	}
	f.available(v["availability"])
	if rj := f.prices(); rj != nil {
		return f.p, rj
	}
	return f.p, finish(p, f.opt, f.name("id"), f.name("title"))
}

func (f *flat) available(s string) {
	switch a := key(s); a {
	case "", "in_stock", "instock", "available", "unknown", "limited_availability":
	case "out_of_stock", "outofstock", "discontinued", "sold_out", "unavailable":
		none := 0
		f.p.Stock = &none
	default: // preorder, backorder
		f.p.Attributes = append(f.p.Attributes, shop.Attribute{Name: "availability", Value: shop.Text(strings.ReplaceAll(a, "_", " "))})
	}
}

func (f *flat) prices() (rj *Reject) {
	p, v := &f.p, f.vals
	if v["price_cents"] != "" || v["was_cents"] != "" {
		code, rj := f.opt.currency(f.name("currency"), v["currency"])
		if rj != nil {
			return rj
		}
		for field, to := range map[string]**shop.Money{"price_cents": &p.Price, "was_cents": &p.Was} {
			if v[field] == "" {
				continue
			}
			n, rj := minor(f.name(field), v[field])
			if rj != nil {
				return rj
			}
			*to = &shop.Money{Minor: n, Currency: code}
		}
	}
	if p.Price == nil {
		if p.Price, rj = amount(f.name("price"), v["price"], v["currency"], f.opt); rj != nil {
			return rj
		}
	}
	sale, rj := amount(f.name("sale_price"), v["sale_price"], v["currency"], f.opt)
	if rj != nil {
		return rj
	}
	switch {
	case sale == nil || !onSale(v["sale_dates"], f.opt.now()):
	case p.Price == nil:
		p.Price = sale
	case sale.Minor < p.Price.Minor:
		p.Was, p.Price = p.Price, sale
	}
	return nil
}

// plain takes the markup out of a description.
func plain(s string) string {
	if strings.IndexByte(s, '<') >= 0 {
		var b strings.Builder
		for {
			before, rest, ok := strings.Cut(s, "<")
			b.WriteString(before)
			if !ok {
				break
			}
			tag, after, closed := strings.Cut(rest, ">")
			if !closed || tag == "" || !strings.ContainsRune("/!abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", rune(tag[0])) {
				b.WriteByte('<')
				s = rest
				continue
			}
			switch strings.ToLower(strings.Trim(strings.SplitN(tag, " ", 2)[0], "/")) {
			case "p", "br", "li", "ul", "ol", "div", "tr", "h1", "h2", "h3", "h4":
				b.WriteByte('\n')
			default:
			}
			s = after
		}
		s = b.String()
	}
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	s = clean(s)
	lines := strings.Split(s, "\n")
	out := lines[:0]
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}
