package feed

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"shopkeeper/shop"
)

// Decode reads one jsonl product record, for shops that push their products instead of a file.
func Decode(record []byte, opt Options) (shop.Product, *Reject) {
	return decode(bytes.TrimSpace(record), opt)
}

// amounts waits for the currency, which may stand behind the prices.
type amounts struct {
	currency, price    string // price: a decimal, where a shop gives that instead of price_cents
	cents, was         int64
	hasCents, hasPrice bool
	hasWas             bool
}

func decode(line []byte, opt Options) (p shop.Product, rj *Reject) {
	if rj := object(line); rj != nil {
		return p, rj
	}
	var a amounts
	var variants []byte
	var extra []shop.Attribute
	rj = members(line, func(key string, v []byte) *Reject {
		if isNull(v) {
			return nil
		}
		rj := field(&p, &a, &variants, &extra, key, v)
		if rj != nil && rj.Field == "" {
			rj.Field = key
		}
		return rj
	})
	if rj != nil {
		return p, rj
	}
	p.Attributes = append(p.Attributes, extra...)
	if rj := a.apply(&p, opt); rj != nil {
		return p, rj
	}
	if variants != nil {
		if p.Variants, rj = variantList(variants, a.currency, opt); rj != nil {
			return p, rj
		}
	}
	return p, finish(&p, opt, "id", "title")
}

func object(line []byte) *Reject {
	if line[0] != '{' {
		return reject("", "the line is not a JSON object")
	}
	if !json.Valid(line) {
		var v json.RawMessage
		if err := json.Unmarshal(line, &v); err != nil {
			return reject("", "broken JSON: %s", err)
		}
	}
	return nil
}

func field(p *shop.Product, a *amounts, variants *[]byte, extra *[]shop.Attribute, key string, v []byte) (rj *Reject) {
	switch key {
	case "id":
		p.ID, rj = word(key, v)
	case "title":
		p.Title, rj = line(key, v)
	case "brand":
		p.Brand, rj = line(key, v)
	case "model":
		p.Model, rj = line(key, v)
	case "lang":
		p.Lang, rj = line(key, v)
	case "merchant":
		p.Merchant, rj = word(key, v)
	case "group":
		p.Group, rj = word(key, v)
	case "description":
		if p.Description, rj = text(key, v); rj == nil {
			p.Description = clean(p.Description)
		}
	case "category":
		p.Categories, rj = list(key, v)
		if rj == nil && v[0] == '"' && len(p.Categories) == 1 {
			p.Categories = categoryPath(p.Categories[0])
		}
	case "ean":
		p.EAN, rj = list(key, v)
	case "released":
		var s string
		if s, rj = line(key, v); rj == nil {
			p.Released, rj = date(key, s)
		}
	case "image", "url":
		var s string
		if s, rj = text(key, v); rj == nil {
			s = strings.TrimSpace(s)
			rj = checkLink(key, s)
		}
		if key == "url" {
			p.URL = s
		} else {
			p.Image = s
		}
	case "price_cents":
		a.hasCents = true
		a.cents, rj = cents(key, v)
	case "was_cents":
		a.hasWas = true
		a.was, rj = cents(key, v)
	case "price":
		a.hasPrice = true
		a.price, rj = word(key, v)
	case "currency":
		a.currency, rj = line(key, v)
	case "stock":
		p.Stock, rj = whole(key, v)
	case "reviews":
		p.Reviews, rj = whole(key, v)
	case "rating":
		var s string
		var f float64
		if s, rj = number(key, v); rj == nil {
			if f, rj = rating(key, s); rj == nil {
				p.Rating = &f
			}
		}
	case "attrs":
		if v[0] != '{' {
			return reject(key, "attrs is not an object")
		}
		p.Attributes, rj = attributes(p.Attributes, "", v, 0)
	case "variants":
		if v[0] != '[' {
			return reject(key, "variants is not a list")
		}
		*variants = v
	case "words":
		p.Words, rj = words(v)
	default:
		*extra, rj = values(*extra, attributeName(key), v, 0)
	}
	return rj
}

func (a *amounts) apply(p *shop.Product, opt Options) (rj *Reject) {
	if a.currency != "" || a.hasCents || a.hasPrice || a.hasWas {
		if a.currency, rj = opt.currency("currency", a.currency); rj != nil {
			return rj
		}
	}
	switch {
	case a.hasCents:
		p.Price = &shop.Money{Minor: a.cents, Currency: a.currency}
	case a.hasPrice:
		if p.Price, rj = amount("price", a.price, a.currency, opt); rj != nil {
			return rj
		}
	}
	if a.hasWas {
		p.Was = &shop.Money{Minor: a.was, Currency: a.currency}
	}
	return nil
}

func variantList(v []byte, currency string, opt Options) (out []shop.Variant, rj *Reject) {
	rj = elements(v, func(v []byte) (rj *Reject) {
		if v[0] != '{' {
			return reject("variants", "a variant is not an object")
		}
		var x shop.Variant
		rj = members(v, func(key string, v []byte) (rj *Reject) {
			if isNull(v) {
				return nil
			}
			switch key {
			case "id":
				x.ID, rj = word("variants.id", v)
			case "attrs":
				if v[0] != '{' {
					return reject("variants.attrs", "attrs is not an object")
				}
				x.Attributes, rj = attributes(x.Attributes, "", v, 0)
			case "price_cents":
				var n int64
				if n, rj = cents("variants.price_cents", v); rj != nil {
					return rj
				}
				cur, rj := opt.currency("currency", currency)
				if rj != nil {
					return rj
				}
				x.Price = &shop.Money{Minor: n, Currency: cur}
			case "stock":
				x.Stock, rj = whole("variants.stock", v)
			default:
				x.Attributes, rj = values(x.Attributes, attributeName(key), v, 0)
			}
			return rj
		})
		if rj == nil {
			rj = checkID("variants.id", x.ID)
		}
		for _, o := range out {
			if rj == nil && o.ID == x.ID {
				rj = reject("variants.id", "two variants have the id %s", short(x.ID))
			}
		}
		sortAttributes(x.Attributes)
		out = append(out, x)
		return rj
	})
	return out, rj
}

func words(v []byte) (map[string]shop.Words, *Reject) {
	if v[0] != '{' {
		return nil, reject("words", "words is not an object of languages")
	}
	var out map[string]shop.Words
	rj := members(v, func(lang string, v []byte) *Reject {
		if v[0] != '{' || lang == "" {
			return reject("words", "words.%s is not an object", lang)
		}
		var w shop.Words
		rj := members(v, func(key string, v []byte) (rj *Reject) {
			if isNull(v) {
				return nil
			}
			switch key {
			case "title":
				w.Title, rj = line("words.title", v)
			case "category":
				w.Category, rj = line("words.category", v)
			case "description":
				if w.Description, rj = text("words.description", v); rj == nil {
					w.Description = clean(w.Description)
				}
			case "attrs":
				if v[0] != '{' {
					return reject("words.attrs", "attrs is not an object")
				}
				w.Attributes, rj = attributes(nil, "", v, 0)
				sortAttributes(w.Attributes)
			case "values":
				if v[0] != '{' {
					return reject("words.values", "values is not an object")
				}
				rj = members(v, func(of string, v []byte) *Reject {
					s, rj := line("words.values", v)
					if of = cleanLine(of); rj != nil || of == "" || s == "" {
						return rj
					}
					if w.Values == nil {
						w.Values = map[string]string{}
					}
					w.Values[of] = s
					return nil
				})
			}
			return rj
		})
		if out == nil {
			out = map[string]shop.Words{}
		}
		out[lang] = w
		return rj
	})
	return out, rj
}

// attributes appends an object's members; nested objects join their names ("dimensions width").
func attributes(as []shop.Attribute, prefix string, obj []byte, depth int) ([]shop.Attribute, *Reject) {
	rj := members(obj, func(key string, v []byte) (rj *Reject) {
		name := attributeName(key)
		if name == "" {
			return reject("attrs", "an attribute has no name")
		}
		if prefix != "" {
			name = prefix + " " + name
		}
		as, rj = values(as, name, v, depth)
		return rj
	})
	return as, rj
}

// values appends one attribute, or several of one name for a list.
func values(as []shop.Attribute, name string, v []byte, depth int) ([]shop.Attribute, *Reject) {
	if name == "" {
		return as, reject("", "a field has no name")
	}
	if len(name) > maxID {
		return as, reject("attrs", "an attribute's name is longer than %d bytes", maxID)
	}
	switch v[0] {
	case 'n':
		return as, nil
	case 't':
		return append(as, shop.Attribute{Name: name, Value: shop.Text("yes")}), nil
	case 'f':
		return append(as, shop.Attribute{Name: name, Value: shop.Text("no")}), nil
	case '"':
		s, err := str(v)
		if err != nil {
			return as, reject("attrs."+name, "%s", err)
		}
		if s = cleanLine(s); s == "" {
			return as, nil
		}
		return append(as, attribute(name, s)), nil
	case '{':
		if a, ok, rj := measured(name, v); ok || rj != nil {
			return append(as, a), rj
		}
		if depth >= 3 {
			return as, reject("attrs."+name, "nested too deep")
		}
		return attributes(as, name, v, depth+1)
	case '[':
		if depth >= 3 {
			return as, reject("attrs."+name, "nested too deep")
		}
		rj := elements(v, func(v []byte) (rj *Reject) {
			as, rj = values(as, name, v, depth+1)
			return rj
		})
		return as, rj
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil {
		return as, reject("attrs."+name, "not a number that fits: %s", short(string(v)))
	}
	return append(as, shop.Attribute{Name: name, Value: shop.Num(f)}), nil
}

// measured reads {"value": 16, "unit": "GB"}: the exact form, whose text is never looked into.
func measured(name string, obj []byte) (a shop.Attribute, ok bool, rj *Reject) {
	a.Name = name
	other := false
	rj = members(obj, func(key string, v []byte) *Reject {
		switch {
		case key == "value" && v[0] == '"':
			s, err := str(v)
			if err != nil {
				return reject("attrs."+name, "%s", err)
			}
			a.Value, ok = shop.Text(cleanLine(s)), true
		case key == "value" && (v[0] == '-' || v[0] >= '0' && v[0] <= '9'):
			f, err := strconv.ParseFloat(string(v), 64)
			if err != nil {
				return reject("attrs."+name, "not a number that fits: %s", short(string(v)))
			}
			a.Value, ok = shop.Num(f), true
		case key == "unit" && v[0] == '"':
			s, err := str(v)
			if err != nil {
				return reject("attrs."+name, "%s", err)
			}
			a.Unit = cleanLine(s)
		default:
			other = true
		}
		return nil
	})
	return a, ok && !other, rj
}

// text, line, word, number, whole, cents and list read one value of the type that the field has.

func text(field string, v []byte) (string, *Reject) {
	if v[0] != '"' {
		return "", reject(field, "%s is not a text", field)
	}
	s, err := str(v)
	if err != nil {
		return "", reject(field, "%s: %s", field, err)
	}
	return s, nil
}

func line(field string, v []byte) (string, *Reject) {
	s, rj := text(field, v)
	return cleanLine(s), rj
}

// word is a text or a number, as it stands: ids come as both.
func word(field string, v []byte) (string, *Reject) {
	if v[0] == '-' || v[0] >= '0' && v[0] <= '9' {
		return string(v), nil
	}
	s, rj := text(field, v)
	return s, rj
}

func number(field string, v []byte) (string, *Reject) {
	if v[0] != '-' && (v[0] < '0' || v[0] > '9') {
		return "", reject(field, "%s is not a number", field)
	}
	return string(v), nil
}

func whole(field string, v []byte) (*int, *Reject) {
	s, rj := number(field, v)
	if rj != nil {
		return nil, rj
	}
	n, rj := count(field, s)
	if rj != nil {
		return nil, rj
	}
	return &n, nil
}

func cents(field string, v []byte) (int64, *Reject) {
	s, rj := number(field, v)
	if rj != nil {
		return 0, rj
	}
	return minor(field, s)
}

func list(field string, v []byte) (out []string, rj *Reject) {
	add := func(v []byte) *Reject {
		s, rj := word(field, v)
		if rj != nil {
			return rj
		}
		if s = cleanLine(s); s != "" {
			out = append(out, s)
		}
		return nil
	}
	if v[0] == '[' {
		rj = elements(v, add)
	} else {
		rj = add(v)
	}
	return out, rj
}
