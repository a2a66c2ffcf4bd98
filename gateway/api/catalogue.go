package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"shopkeeper/shop"
	"shopkeeper/shop/feed"
	"shopkeeper/tools"
)

const (
	maxBatch    = 1000 // products upserted and deleted in one push
	maxQuery    = 500  // characters
	maxPageSize = 60
	pageSize    = 24
	maxPage     = 1000
)

type pushRequest struct {
	Products []json.RawMessage `json:"products"` // jsonl product records
	Delete   []string          `json:"delete"`
}

type pushReply struct {
	Upserted int `json:"upserted"`
	Deleted  int `json:"deleted"`
}

// putProducts takes a batch: all of it or, when one record is wrong, nothing.
func (s *Server) putProducts(c echo.Context) error {
	cl := callerOf(c)
	if cl.who.Role != shop.App {
		return &shop.Error{Kind: shop.Forbidden, Msg: "Products are pushed with an app key."}
	}
	req, err := decode[pushRequest](c)
	if err != nil {
		return err
	}
	switch n := len(req.Products) + len(req.Delete); {
	case n == 0:
		return invalid("products", "The batch is empty: send “products” (records to put), “delete” (ids), or both.")
	case n > maxBatch:
		return &shop.Error{Kind: shop.TooLarge, Code: "batch_too_large", Field: "products", Msg: fmt.Sprintf("The batch has %d entries; up to %d are taken at once.", n, maxBatch)}
	}
	up := make([]shop.Product, 0, len(req.Products))
	at := map[string]int{}
	for i, record := range req.Products {
		p, reject := feed.Decode(record, feed.Options{Currency: cl.tenant.Currency, Lang: cl.tenant.Lang, Now: s.o.Now})
		where := fmt.Sprintf("products.%d", i)
		if reject != nil {
			if reject.Field != "" {
				where += "." + reject.Field
			}
			return &shop.Error{Kind: shop.Invalid, Code: "bad_product", Field: where, Msg: fmt.Sprintf("Nothing was stored: product %d: %s.", i+1, reject.Reason)}
		}
		if first, twice := at[p.ID]; twice {
			return &shop.Error{Kind: shop.Invalid, Code: "bad_product", Field: where + ".id", Msg: fmt.Sprintf("Nothing was stored: products %d and %d have the same id.", first+1, i+1)}
		}
		at[p.ID] = i
		p.Tenant = cl.who.Tenant
		up = append(up, p)
	}
	for i, id := range req.Delete {
		where := fmt.Sprintf("delete.%d", i)
		if err := checkID(where, id, 200); err != nil {
			return err
		}
		if _, both := at[id]; both {
			return invalid(where, "Nothing was stored: product %q is to be put and deleted in the same batch.", id)
		}
	}
	if err := s.o.Catalogue.PutProducts(c.Request().Context(), cl.who.Tenant, up, req.Delete); err != nil {
		return err
	}
	return reply(c, http.StatusOK, pushReply{len(up), len(req.Delete)})
}

// open finds whose shop an open address shows: the credential's when one is sent, else the storefront's. A widget key will do.
func (s *Server) open(c echo.Context) (shop.Tenant, error) {
	if _, ok := bearer(c); ok {
		if err := s.enter(c); err != nil {
			return shop.Tenant{}, err
		}
		return callerOf(c).tenant, nil
	}
	if err := s.quiet(c); err != nil {
		return shop.Tenant{}, err
	}
	if s.o.Storefront == "" {
		return shop.Tenant{}, errNoCredential
	}
	public(c)
	return s.tenant(c.Request().Context(), s.o.Storefront)
}

var sorts = []string{"", "relevance", "price", "-price", "-rating", "-reviews", "-released", "-discount"}

// listProducts is the storefront's look at the catalogue, through the same search as the chat.
func (s *Server) listProducts(c echo.Context) error {
	t, err := s.open(c)
	if err != nil {
		return err
	}
	b := Browse{Tenant: t.ID, Category: c.QueryParam("category"), Sort: c.QueryParam("sort"), Lang: language(c, t)}
	if q := strings.TrimSpace(c.QueryParam("q")); q != "" {
		if b.Query, err = cleanMessage("q", q); err != nil {
			return err
		}
	}
	if n := utf8.RuneCountInString(b.Query); n > maxQuery {
		return invalid("q", "“q” has %d characters; up to %d are read.", n, maxQuery)
	}
	if b.Filters, err = picked(c.QueryParams()["filter"]); err != nil {
		return err
	}
	if b.Category != "" {
		if err := checkID("category", b.Category, 200); err != nil {
			return err
		}
	}
	if !slices.Contains(sorts, b.Sort) {
		return invalid("sort", "“sort” must be one of %s.", strings.Join(sorts[1:], ", "))
	}
	if b.Sort == "relevance" {
		b.Sort = ""
	}
	if b.Page, err = number(c, "page", 1, 1, maxPage); err != nil {
		return err
	}
	if b.Size, err = number(c, "size", pageSize, 1, maxPageSize); err != nil {
		return err
	}
	if s.o.Search == nil {
		return &shop.Error{Kind: shop.Unavailable, Msg: "Search is not ready yet. Please try again in a moment."}
	}
	found, err := s.o.Search(c.Request().Context(), b)
	if err != nil {
		return unavailable("browse", err)
	}
	return reply(c, http.StatusOK, filledCard(found))
}

// picked reads filter=field:value, as the facets have them. Values of one field are alternatives.
func picked(params []string) (out []tools.Filter, err error) {
	if len(params) > 20 {
		return nil, invalid("filter", "There are %d filters; up to 20 are read.", len(params))
	}
	at := map[string]int{}
	for _, p := range params {
		field, value, ok := strings.Cut(p, ":")
		if !ok || field == "" || value == "" || len(p) > 200 || checkID("filter", p, 200) != nil {
			return nil, invalid("filter", "“filter” must be field:value, such as brand:Acme.")
		}
		i, again := at[field]
		if !again {
			at[field] = len(out)
			out = append(out, tools.Filter{Field: field, Op: "eq", Value: value})
			continue
		}
		values, ok := out[i].Value.([]string)
		if !ok {
			values = []string{fmt.Sprint(out[i].Value)}
		}
		out[i].Op, out[i].Value = "in", append(values, value)
	}
	return out, nil
}

// filledCard has lists where there is nothing in them: null is for what is unknown.
func filledCard(p shop.ProductsCard) shop.ProductsCard {
	p.Shown, p.Facets = list(p.Shown), list(p.Facets)
	p.Understood.Filters, p.Understood.Relaxed = list(p.Understood.Filters), list(p.Understood.Relaxed)
	for i := range p.Shown {
		p.Shown[i].Attributes, p.Shown[i].Why = list(p.Shown[i].Attributes), list(p.Shown[i].Why)
	}
	return p
}

func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

func number(c echo.Context, name string, def, least, most int) (int, error) {
	v := c.QueryParam(name)
	if v == "" {
		return def, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		return 0, invalid(name, "“%s” must be a whole number from %d to %d.", name, least, most)
	}
	return n, nil
}

// language is what ?lang= asks for, else the shop's own.
func language(c echo.Context, t shop.Tenant) string {
	switch l := strings.ToLower(c.QueryParam("lang")); {
	case strings.HasPrefix(l, "zh"):
		return "zh"
	case strings.HasPrefix(l, "en"):
		return "en"
	}
	return t.Lang
}

func (s *Server) getProduct(c echo.Context) error {
	t, err := s.open(c)
	if err != nil {
		return err
	}
	id := param(c, "id")
	if err := checkID("id", id, 200); err != nil {
		return err
	}
	ctx, lang := c.Request().Context(), language(c, t)
	ps, err := s.o.Catalogue.Products(ctx, t.ID, []string{id})
	if err != nil {
		return unavailable("read product", err)
	}
	if len(ps) == 0 {
		return &shop.Error{Kind: shop.NotFound, Msg: "This shop has no such product."}
	}
	p := ps[0].In(lang)
	card := cardOf(p)
	if s.o.Product != nil {
		if card, err = s.o.Product(ctx, t.ID, id, lang); err != nil {
			return unavailable("read product", err)
		}
	}
	card.Attributes, card.Why = list(card.Attributes), list(card.Why)
	return reply(c, http.StatusOK, productPage{card, p.Description})
}

// productPage is a product's card and what its page says beside it.
type productPage struct {
	shop.ProductCard
	Description string `json:"description,omitempty"`
}

// cardOf is a card made of the record alone.
func cardOf(p shop.Product) shop.ProductCard {
	image := p.Image
	if image == "" {
		image = tools.PictureURL(p)
	}
	return shop.ProductCard{
		ID: p.ID, Title: p.Title, Brand: p.Brand, Category: p.Category(), Merchant: p.Merchant, Price: p.Price, Was: p.Was, Rating: p.Rating,
		Reviews: p.Reviews, Stock: p.Stock, Attributes: p.Attributes, Variants: p.Variants, Image: image, URL: p.URL,
	}
}

type shopReply struct {
	Name     string `json:"name"`
	Currency string `json:"currency"`
	Lang     string `json:"lang"`
	About
	Demo bool `json:"demo"`
}

func (s *Server) aboutShop(c echo.Context) error {
	t, err := s.open(c)
	if err != nil {
		return err
	}
	r := shopReply{Name: t.Name, Currency: t.Currency, Lang: t.Lang, Demo: s.o.Demo != nil}
	if s.o.Shop != nil {
		if r.About, err = s.o.Shop(c.Request().Context(), t); err != nil {
			return unavailable("describe shop", err)
		}
	}
	r.Categories = list(r.Categories)
	if r.Starters == nil {
		r.Starters = map[string][]string{}
	}
	if len(r.Languages) == 0 {
		r.Languages = []string{"en", "zh"}
	}
	return reply(c, http.StatusOK, r)
}
