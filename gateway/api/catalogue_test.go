package api

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"shopkeeper/shop"
	"shopkeeper/tools"
)

// front is a house whose open pages show acme.
func front(search func(context.Context, Browse) (shop.ProductsCard, error)) plan {
	return plan{options: func(o *Options) {
		o.Storefront, o.Search = "acme", search
		o.Picture = func(category, title, color string, seed uint64) []byte {
			return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg"><!-- %s|%s|%s|%d --></svg>`, category, title, color, seed)
		}
		o.Shop = func(_ context.Context, t shop.Tenant) (About, error) {
			return About{Categories: []AboutCategory{{Name: "headphones", NameZH: "耳机", Count: 1}}, Starters: map[string][]string{"en": {"headphones under $80"}}, Rung: "rules"}, nil
		}
	}}
}

func TestPutProducts(t *testing.T) {
	h := plan{}.open(t)
	put := func(body any) answered { return h.do("PUT", "/api/products", "app", body) }
	var r pushReply
	put(`{"products":[{"id":"p1","title":"Lamp","price_cents":1999,"stock":3,"attrs":{"color":"red"},"category":["home","lamps"]},{"id":"p2","title":"Lamp two"}],"delete":["gone"]}`).want(200).json(&r)
	if r.Upserted != 2 || r.Deleted != 1 {
		t.Fatal(r)
	}
	var p productPage
	h.do("GET", "/api/products/p1", "ann", nil).want(200).json(&p)
	if p.Title != "Lamp" || *p.Price != *usd(1999) || *p.Stock != 3 || p.Category != "lamps" || p.Attributes[0].Name != "color" {
		t.Fatalf("%+v", p)
	}
	put(`{"delete":["p2"]}`).want(200)
	h.do("GET", "/api/products/p2", "ann", nil).refused(404, "not_found")

	// One wrong record, and nothing of the batch is stored; the answer names it.
	for body, field := range map[string]string{
		`{"products":[{"id":"n1","title":"New"},{"id":"n2"}]}`:                                              "products.1.title",
		`{"products":[{"id":"n1","title":"New"},{"title":"No id"}]}`:                                        "products.1.id",
		`{"products":[{"id":"n1","title":"New"},{"id":"n2","title":"X","price_cents":-1}]}`:                 "products.1.price_cents",
		`{"products":[{"id":"n1","title":"New"},{"id":"n2","title":"X","price_cents":1,"currency":"EUR"}]}`: "products.1.currency",
		`{"products":[{"id":"n1","title":"New"},{"id":"n2","title":"X","image":"javascript:alert(1)"}]}`:    "products.1.image",
		`{"products":[{"id":"n1","title":"New"},{"id":"n2","title":"X","url":"file:///etc/passwd"}]}`:       "products.1.url",
		`{"products":[{"id":"n1","title":"New"},{"id":"n2","title":"X","rating":9}]}`:                       "products.1.rating",
		`{"products":[{"id":"n1","title":"New"},{"id":"n1","title":"Again"}]}`:                              "products.1.id",
		`{"products":[{"id":"n1","title":"New"},7]}`:                                                        "products.1",
		`{"products":[{"id":"n1","title":"New"},null]}`:                                                     "products.1",
		`{"products":[{"id":"n1","title":"New"}],"delete":["n1"]}`:                                          "delete.0",
		`{"products":[{"id":"n1","title":"New"}],"delete":[""]}`:                                            "delete.0",
		`{}`:              "products",
		`{"products":[]}`: "products",
	} {
		a := put(body).want(400)
		a.clear()
		if !strings.Contains(string(a.body), `"field":"`+field+`"`) {
			t.Errorf("%s: %s", body, a.body)
		}
	}
	h.do("GET", "/api/products/n1", "ann", nil).refused(404, "not_found")
	var many []string
	for i := range 1001 {
		many = append(many, fmt.Sprintf(`{"id":"m%d","title":"M"}`, i))
	}
	put(`{"products":[`+strings.Join(many, ",")+`]}`).refused(413, "batch_too_large").clear()
	put(`{"products":[` + strings.Join(many[:1000], ",") + `]}`).want(200)
	for _, secret := range []string{"ann", "agent", "merchant", "admin"} {
		h.do("PUT", "/api/products", secret, `{"products":[{"id":"x","title":"X"}]}`).refused(403, "forbidden").clear()
	}
	h.do("PUT", "/api/products", "", `{}`).refused(401, "missing_credential")
}

func TestListProducts(t *testing.T) {
	var got Browse
	h := front(func(_ context.Context, b Browse) (shop.ProductsCard, error) {
		got = b
		return shop.ProductsCard{Total: 3, Shown: []shop.ProductCard{{ID: "hp-1", Title: "Calm", Image: "/img/x.svg"}}}, nil
	}).open(t)
	a := h.do("GET", "/api/products?q=+lamps%20&category=home&sort=-price&page=2&size=10&lang=zh-CN&filter=brand:Acme&filter=brand:Bose&filter=color:red", "", nil).want(200)
	want := Browse{Tenant: "acme", Query: "lamps", Category: "home", Sort: "-price", Page: 2, Size: 10, Lang: "zh", Filters: []tools.Filter{
		{Field: "brand", Op: "in", Value: []string{"Acme", "Bose"}}, {Field: "color", Op: "eq", Value: "red"},
	}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("asked %+v, want %+v", got, want)
	}
	if a.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Error("a page elsewhere cannot read what is open")
	}
	for _, list := range []string{`"facets":[]`, `"filters":[]`, `"relaxed":[]`, `"why":[]`} {
		if !strings.Contains(string(a.body), list) {
			t.Errorf("no %s in %s", list, a.body)
		}
	}
	h.do("GET", "/api/products?sort=relevance", "eve", nil).want(200)
	if got.Tenant != "other" || got.Sort != "" || got.Page != 1 || got.Size != pageSize || got.Lang != "en" {
		t.Fatalf("%+v", got)
	}
	for _, q := range []string{
		"page=0", "page=-1", "page=x", "page=99999999999999999999", "size=0", "size=61", "sort=title", "q=" + strings.Repeat("x", 501), "filter=brand", "filter=:x", "filter=brand:",
		"category=%00", "q=%e2%80%ae", strings.Repeat("filter=a:b&", 21),
	} {
		h.do("GET", "/api/products?"+q, "", nil).want(400).clear()
	}
	h.do("GET", "/api/products", "wrong", nil).refused(401, "invalid_credential")

	failing := front(func(context.Context, Browse) (shop.ProductsCard, error) {
		return shop.ProductsCard{}, errors.New("dial tcp: refused")
	}).open(t)
	failing.do("GET", "/api/products", "", nil).refused(503, "unavailable").clear()
	closed := plan{}.open(t)
	closed.do("GET", "/api/products", "", nil).refused(401, "missing_credential").clear()
	closed.do("GET", "/api/products", "ann", nil).refused(503, "unavailable").clear()
}

func TestGetProductAndShop(t *testing.T) {
	h := front(nil).open(t)
	var p productPage
	h.do("GET", "/api/products/hp-1", "", nil).want(200).json(&p)
	if p.Title != "Calm headphones" || p.Description != "Quiet." || !strings.HasPrefix(p.Image, "/img/") {
		t.Fatalf("%+v", p)
	}
	h.do("GET", "/api/products/hp-1?lang=zh", "", nil).want(200).json(&p)
	if p.Title != "静音耳机" {
		t.Fatalf("%+v", p)
	}
	h.do("GET", "/api/products/none", "", nil).refused(404, "not_found").clear()
	var s shopReply
	h.do("GET", "/api/shop", "", nil).want(200).json(&s)
	if s.Name != "Acme" || s.Currency != "USD" || s.Categories[0].NameZH != "耳机" || s.Demo || len(s.Languages) != 2 || s.Rung != "rules" {
		t.Fatalf("%+v", s)
	}
	h.do("GET", "/api/shop", "widget", nil, "Origin: https://shop.example").want(200) // a widget key shows its shop
	h.do("GET", "/api/shop", "widget", nil, "Origin: https://evil.example").refused(403, "wrong_origin")
	bare := plan{}.open(t)
	bare.do("GET", "/api/shop", "ann", nil).want(200)
}

// Product ids may hold anything that prints; an address carries them whole.
func TestProductIDsInAddresses(t *testing.T) {
	h := front(nil).open(t)
	for _, c := range []struct{ id, address string }{
		{"a/b", "a%2Fb"}, {"100%", "100%25"}, {"a%2Fb", "a%252Fb"}, {"ünï 你", "%C3%BCn%C3%AF%20%E4%BD%A0"}, {"a+b", "a+b"}, {"q?x=1#y", "q%3Fx=1%23y"}, {"..", "%2E%2E"},
	} {
		h.do("PUT", "/api/products", "app", map[string]any{"products": []any{map[string]any{"id": c.id, "title": "Title of " + c.id}}}).want(200)
		a := h.raw("GET", "/api/products/"+c.address, "app")
		var p productPage
		a.want(200).json(&p)
		if p.ID != c.id {
			t.Errorf("%s leads to %q, want %q", c.address, p.ID, c.id)
		}
		pic := h.raw("GET", "/img/"+c.address+".svg", "")
		if !strings.Contains(string(pic.want(200).body), "Title of "+c.id) {
			t.Errorf("picture of %s: %s", c.address, pic.body)
		}
	}
}

func TestPictures(t *testing.T) {
	h := front(nil).open(t)
	url := tools.PictureURL(shop.Product{ID: "x", Categories: []string{"laptop bags"}, Attributes: []shop.Attribute{{Name: "color", Value: shop.Text("black")}}})
	a := h.do("GET", url, "", nil).want(200)
	if !strings.Contains(string(a.body), "laptop bags||black|") {
		t.Fatalf("%s: %s", url, a.body)
	}
	for name, want := range map[string]string{"Content-Type": "image/svg+xml", "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "public, max-age=86400"} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if !strings.Contains(a.header.Get("Content-Security-Policy"), "sandbox") {
		t.Error("a picture that is opened as a page may run scripts")
	}
	h.do("GET", url, "", nil, "If-None-Match: "+a.header.Get("ETag")).want(304)
	stands := h.do("GET", "/img/hp-1.svg", "", nil).want(200) // for a picture that cannot be loaded: the product's own drawing
	ps, err := h.store.Products(t.Context(), "acme", []string{"hp-1"})
	if err != nil {
		t.Fatal(err)
	}
	if drawn := h.do("GET", tools.PictureURL(ps[0]), "", nil).want(200); string(drawn.body) != string(stands.body) || !strings.Contains(string(drawn.body), "Calm headphones") {
		t.Errorf("%s is not %s", stands.body, drawn.body)
	}
	h.do("GET", "/img/unknown-product.svg", "", nil).want(200)
	for _, bad := range []string{"/img/x.png", "/img/.svg", "/img/", "/img/a%00.svg", "/img/" + strings.Repeat("x", 300) + ".svg"} {
		h.do("GET", bad, "", nil).refused(404, "not_found").clear()
	}
}
