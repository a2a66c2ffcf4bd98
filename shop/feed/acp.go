package feed

import (
	"encoding/json"
	"strings"

	"shopkeeper/shop"
)

// The product feed of the Agentic Commerce Protocol, one JSON object a line, in the three forms that are about: the flat one
// of 2025 (id, link, image_link, "79.99 USD"), the flat one of 2026 (item_id, url, image_url, group_id, variant_dict), and
// products with a variants list (price {amount, currency}), whose file may begin with a line that describes the feed.

var acpMarks = []string{"item_id", "link", "image_link", "image_url", "availability", "is_eligible_search", "enable_search", "feed_id", "media"}

// looksACP reports whether the first line of a JSONL file is ACP's rather than ours.
func looksACP(line []byte) bool {
	if !json.Valid(line) || space(line)[0] != '{' {
		return false
	}
	acp, ours := false, false
	members(line, func(k string, v []byte) *Reject {
		for _, m := range acpMarks {
			acp = acp || k == m
		}
		ours = ours || k == "price_cents" || k == "attrs" || k == "words"
		return nil
	})
	return acp && !ours
}

func decodeACP(line []byte, opt Options) (p shop.Product, rj *Reject) {
	if rj := object(line); rj != nil {
		return p, rj
	}
	f := newFlat(opt)
	var variants []byte
	isHeader, isProduct := false, false
	rj = members(line, func(k string, v []byte) *Reject {
		switch k {
		case "feed_id":
			isHeader = true
		case "id", "item_id", "title":
			isProduct = true
		}
		if isNull(v) {
			return nil
		}
		if k == "variants" && v[0] == '[' {
			variants = v
			return nil
		}
		return f.json(k, v)
	})
	if rj != nil {
		return p, rj
	}
	if isHeader && !isProduct {
		return p, errSkip
	}
	if variants != nil {
		if rj := f.variants(variants); rj != nil {
			return p, rj
		}
	}
	return f.product()
}

// json takes one member of an ACP object; the structured ones are put into the flat form.
func (f *flat) json(k string, v []byte) *Reject {
	switch v[0] {
	case '"':
		s, err := str(v)
		if err != nil {
			return reject(k, "%s: %s", k, err)
		}
		if k == "custom_variant1_category" || k == "custom_variant2_category" || k == "custom_variant3_category" {
			return nil
		}
		f.set(k, s)
		return nil
	case '{':
		return f.structured(k, v)
	case '[':
		return f.many(k, v)
	case 't':
		f.set(k, "true")
	case 'f':
		f.set(k, "false")
	default:
		f.set(k, string(v))
	}
	return nil
}

func (f *flat) structured(k string, v []byte) *Reject {
	switch k {
	case "price", "sale_price", "list_price":
		s, rj := priceText(k, v)
		if rj == nil {
			f.set(k, s)
		}
		return rj
	case "availability":
		return members(v, func(sub string, v []byte) *Reject {
			if sub == "status" && v[0] == '"' {
				return f.json("availability", v)
			}
			if sub == "available" && v[0] == 'f' {
				f.set("availability", "out_of_stock")
			}
			return nil
		})
	case "description":
		text, html := "", ""
		rj := members(v, func(sub string, v []byte) (rj *Reject) {
			if v[0] != '"' {
				return nil
			}
			s, err := str(v)
			if err != nil {
				return reject(k, "%s: %s", k, err)
			}
			if sub == "html" {
				html = s
			} else if text == "" || sub == "plain" {
				text = s
			}
			return nil
		})
		if text == "" {
			text = html
		}
		f.set(k, text)
		return rj
	case "variant_dict":
		return members(v, func(sub string, v []byte) *Reject {
			if v[0] != '"' {
				return nil
			}
			s, err := str(v)
			if err != nil {
				return reject(k, "%s: %s", k, err)
			}
			n := strings.ToLower(strings.TrimSpace(sub))
			for _, a := range f.p.Attributes { // the same option may stand at the top level as well
				if a.Name == n {
					return nil
				}
			}
			f.attribute(attributeName(sub), n, s)
			return nil
		})
	case "variant", "inventory", "offer":
		return members(v, func(sub string, v []byte) *Reject {
			if isNull(v) {
				return nil
			}
			return f.json(sub, v)
		})
	}
	if aliases[key(k)] == "-" || k == "seller" || k == "merchant" {
		return nil
	}
	as, rj := attributes(nil, strings.ReplaceAll(key(k), "_", " "), v, 1)
	f.p.Attributes = append(f.p.Attributes, as...)
	return rj
}

// many takes a list: the path of a category, the first picture, barcodes, values of one attribute.
func (f *flat) many(k string, v []byte) *Reject {
	var categories []string
	first := true
	rj := elements(v, func(v []byte) *Reject {
		switch {
		case k == "media" && v[0] == '{':
			return members(v, func(sub string, v []byte) *Reject {
				if sub == "url" && first && v[0] == '"' {
					first = false
					return f.json("image", v)
				}
				return nil
			})
		case (k == "barcodes" || k == "categories") && v[0] == '{':
			return members(v, func(sub string, v []byte) *Reject {
				if sub != "value" || v[0] != '"' {
					return nil
				}
				s, err := str(v)
				if err != nil {
					return reject(k, "%s: %s", k, err)
				}
				if k == "barcodes" {
					f.set("gtin", s)
				} else {
					categories = append(categories, s)
				}
				return nil
			})
		case v[0] == '"' && aliases[key(k)] == "category":
			s, err := str(v)
			if err != nil {
				return reject(k, "%s: %s", k, err)
			}
			categories = append(categories, s)
			return nil
		case v[0] == '{' || v[0] == '[' || isNull(v):
			return nil
		}
		return f.json(k, v)
	})
	if len(categories) > 0 {
		f.put("category", k, strings.Join(categories, " > "))
	}
	return rj
}

// priceText turns {"amount", "currency"} into "79.99 USD": a number is in minor units, a text is a decimal.
func priceText(k string, v []byte) (string, *Reject) {
	var sum, code string
	isMinor := false
	rj := members(v, func(sub string, v []byte) (rj *Reject) {
		switch {
		case sub == "amount" && v[0] == '"', sub == "currency" && v[0] == '"':
			s, err := str(v)
			if err != nil {
				return reject(k, "%s: %s", k, err)
			}
			if sub == "amount" {
				sum = s
			} else {
				code = s
			}
		case sub == "amount":
			isMinor = true
			sum, rj = number(k, v)
		}
		return rj
	})
	if rj != nil || sum == "" {
		return "", rj
	}
	if isMinor {
		n, rj := minor(k, sum)
		if rj != nil {
			return "", rj
		}
		sum = shop.Money{Minor: n, Currency: strings.ToUpper(code)}.Decimal()
	}
	return strings.TrimSpace(sum + " " + code), nil
}

// variants reads the variants list: each is read as a row of its own, then told by its options. The product takes the
// least price and what it lacks itself from the first.
func (f *flat) variants(list []byte) *Reject {
	return elements(list, func(v []byte) *Reject {
		if v[0] != '{' {
			return reject("variants", "a variant is not an object")
		}
		one := newFlat(f.opt)
		var options []byte
		rj := members(v, func(k string, v []byte) *Reject {
			if isNull(v) || k == "seller" {
				return nil
			}
			if k == "variant_options" && v[0] == '[' {
				options = v
				return nil
			}
			return one.json(k, v)
		})
		if rj != nil {
			return rj
		}
		if one.vals["title"] == "" {
			one.vals["title"] = f.vals["title"]
		}
		x, rj := one.product()
		if rj != nil {
			return reject("variants."+rj.Field, "%s", rj.Reason)
		}
		out := shop.Variant{ID: x.ID, Price: x.Price, Stock: x.Stock}
		if options != nil {
			if rj := elements(options, appendOptions(&out)); rj != nil {
				return rj
			}
		} else {
			out.Attributes = x.Attributes
		}
		sortAttributes(out.Attributes)
		f.inherit(x)
		f.p.Variants = append(f.p.Variants, out)
		return nil
	})
}

// appendOptions appends {"name", "value"} pairs to a variant.
func appendOptions(out *shop.Variant) func(v []byte) *Reject {
	return func(v []byte) *Reject {
		if v[0] != '{' {
			return nil
		}
		var pair [2]string
		rj := members(v, func(k string, v []byte) *Reject {
			if v[0] != '"' || k != "name" && k != "value" {
				return nil
			}
			s, err := str(v)
			if err != nil {
				return reject("variants.variant_options", "%s", err)
			}
			if k == "name" {
				pair[0] = attributeName(s)
			} else {
				pair[1] = cleanLine(s)
			}
			return nil
		})
		if pair[0] != "" && pair[1] != "" {
			out.Attributes = append(out.Attributes, attribute(pair[0], pair[1]))
		}
		return rj
	}
}

func (f *flat) inherit(x shop.Product) {
	set := func(field, value string) {
		if f.vals[field] == "" && value != "" {
			f.put(field, "variants."+field, value)
		}
	}
	if x.Price != nil {
		if have, rj := amount("price", f.vals["price"], "", f.opt); rj == nil && (have == nil || have.Minor > x.Price.Minor) {
			f.vals["price"], f.names["price"] = x.Price.Decimal()+" "+x.Price.Currency, "variants.price"
		}
	}
	set("url", x.URL)
	set("image", x.Image)
	set("brand", x.Brand)
	set("description", x.Description)
	set("category", strings.Join(x.Categories, " > "))
	if f.p.EAN == nil {
		f.p.EAN = x.EAN
	}
	switch {
	case x.Stock == nil: // there is some, nobody says how much: neither is the sum known
		f.unknown, f.p.Stock = true, nil
	case !f.unknown:
		sum := *x.Stock
		if f.p.Stock != nil {
			sum += *f.p.Stock
		}
		f.p.Stock = &sum
	}
}
