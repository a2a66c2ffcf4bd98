package eval

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"shopkeeper/shop"
)

// retailState is tau-retail's database in its own shape.
type retailState struct {
	Users    map[string]retailUser    `json:"users"`
	Orders   map[string]retailOrder   `json:"orders"`
	Products map[string]retailProduct `json:"products"`
}

type retailUser struct {
	Name struct {
		First string `json:"first_name"`
		Last  string `json:"last_name"`
	} `json:"name"`
	Address retailAddress           `json:"address"`
	Email   string                  `json:"email"`
	Methods map[string]retailMethod `json:"payment_methods"`
	Orders  []string                `json:"orders"`
}

type retailAddress struct {
	Line1   string `json:"address1"`
	Line2   string `json:"address2"`
	City    string `json:"city"`
	Country string `json:"country"`
	State   string `json:"state"`
	Zip     string `json:"zip"`
}

type retailMethod struct {
	Source  string   `json:"source"`
	ID      string   `json:"id"`
	Brand   string   `json:"brand,omitempty"`
	Last4   string   `json:"last_four,omitempty"`
	Balance *float64 `json:"balance,omitempty"`
}

type retailItem struct {
	Name    string            `json:"name"`
	Product string            `json:"product_id"`
	Item    string            `json:"item_id"`
	Price   float64           `json:"price"`
	Options map[string]string `json:"options"`
}

type retailOrder struct {
	ID           string        `json:"order_id"`
	User         string        `json:"user_id"`
	Address      retailAddress `json:"address"`
	Items        []retailItem  `json:"items"`
	Fulfillments []struct {
		Tracking []string `json:"tracking_id"`
		Items    []string `json:"item_ids"`
	} `json:"fulfillments"`
	Status   string          `json:"status"`
	Payments []retailPayment `json:"payment_history"`

	CancelReason       string   `json:"cancel_reason,omitempty"`
	ReturnItems        []string `json:"return_items,omitempty"`
	ReturnMethod       string   `json:"return_payment_method_id,omitempty"`
	ExchangeItems      []string `json:"exchange_items,omitempty"`
	ExchangeNew        []string `json:"exchange_new_items,omitempty"`
	ExchangeMethod     string   `json:"exchange_payment_method_id,omitempty"`
	ExchangeDifference *float64 `json:"exchange_price_difference,omitempty"`
}

type retailPayment struct {
	Type   string  `json:"transaction_type"`
	Amount float64 `json:"amount"`
	Method string  `json:"payment_method_id"`
}

type retailProduct struct {
	Name     string `json:"name"`
	ID       string `json:"product_id"`
	Variants map[string]struct {
		Item      string            `json:"item_id"`
		Options   map[string]string `json:"options"`
		Available bool              `json:"available"`
		Price     float64           `json:"price"`
	} `json:"variants"`
}

func readRetail(dir string) (s retailState, err error) {
	for name, into := range map[string]any{"users.json": &s.Users, "orders.json": &s.Orders, "products.json": &s.Products} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return s, fmt.Errorf("read state: %w", err)
		}
		if err := json.Unmarshal(raw, into); err != nil {
			return s, fmt.Errorf("read state %s: %w", name, err)
		}
	}
	return s, nil
}

func jsonLines[T any](path string) (out []T, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if len(strings.TrimSpace(string(line))) > 0 {
			var v T
			if err := json.Unmarshal(line, &v); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, n, err)
			}
			out = append(out, v)
		}
		if err != nil {
			return out, nil
		}
	}
}

func dollars(v float64) shop.Money {
	return shop.Money{Minor: int64(math.Round(v * 100)), Currency: "USD"}
}
func units(m shop.Money) float64 { return float64(m.Minor) / 100 }

// Kinds of payment methods and states of orders, theirs and ours.
var (
	retailKinds    = map[string]string{"credit_card": "card", "paypal": "paypal", "gift_card": "gift_card"}
	retailStatuses = map[string]string{"return_requested": "return requested", "exchange_requested": "exchange requested"}
)

func (a retailAddress) ours() shop.Address {
	return shop.Address{Line1: a.Line1, Line2: a.Line2, City: a.City, Region: a.State, Postal: a.Zip, Country: a.Country}
}

func theirAddress(a shop.Address) retailAddress {
	return retailAddress{Line1: a.Line1, Line2: a.Line2, City: a.City, State: a.Region, Zip: a.Postal, Country: a.Country}
}

// epoch is when the first order of each user was placed: the benchmark has no dates, but an order among orders.
var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

func options(m map[string]string) (out []shop.Attribute) {
	for name, v := range m {
		out = append(out, shop.Attribute{Name: name, Value: shop.Text(v)})
	}
	slices.SortFunc(out, func(a, b shop.Attribute) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func theirOptions(as []shop.Attribute) map[string]string {
	out := map[string]string{}
	for _, a := range as {
		out[a.Name] = a.Value.Text
	}
	return out
}

func (s retailState) people() (out []shop.Person) {
	for id, u := range s.Users {
		p := shop.Person{ID: id, Name: u.Name.First + " " + u.Name.Last, Email: u.Email, Lang: "en", Address: u.Address.ours()}
		for _, m := range u.Methods {
			our := shop.PaymentMethod{ID: m.ID, Kind: retailKinds[m.Source], Brand: m.Brand, Last4: m.Last4}
			if m.Balance != nil {
				b := dollars(*m.Balance)
				our.Balance = &b
			}
			p.Methods = append(p.Methods, our)
		}
		slices.SortFunc(p.Methods, func(a, b shop.PaymentMethod) int { return strings.Compare(a.ID, b.ID) })
		out = append(out, p)
	}
	return out
}

func (s retailState) orders() (out []shop.Order) {
	for id, o := range s.Orders {
		u := s.Users[o.User]
		our := shop.Order{
			ID: id, Shopper: o.User, Status: o.Status, Placed: epoch.Add(time.Duration(slices.Index(u.Orders, id)) * time.Hour), Address: o.Address.ours(),
			Shipping: dollars(0), Discount: dollars(0),
		}
		total := int64(0)
		for _, it := range o.Items {
			price := dollars(it.Price)
			total += price.Minor
			our.Items = append(our.Items, shop.Item{Product: it.Product, Variant: it.Item, Title: it.Name, Price: price, Qty: 1, Options: options(it.Options)})
		}
		our.Total = shop.Money{Minor: total, Currency: "USD"}
		for _, p := range o.Payments {
			m := dollars(p.Amount)
			if p.Type == "refund" {
				m.Minor = -m.Minor
			}
			our.Payments = append(our.Payments, shop.Payment{Method: p.Method, Kind: retailKinds[u.Methods[p.Method].Source], Amount: m})
		}
		for _, f := range o.Fulfillments {
			our.Shipments = append(our.Shipments, shop.Shipment{Tracking: strings.Join(f.Tracking, " "), Items: f.Items, State: "delivered"})
		}
		out = append(out, our)
	}
	return out
}

func (s retailState) products() (out []shop.Product) {
	for id, p := range s.Products {
		our := shop.Product{ID: id, Title: p.Name}
		for _, v := range p.Variants {
			price, stock := dollars(v.Price), 0
			if v.Available {
				stock = 1
			}
			our.Variants = append(our.Variants, shop.Variant{ID: v.Item, Attributes: options(v.Options), Price: &price, Stock: &stock})
		}
		slices.SortFunc(our.Variants, func(a, b shop.Variant) int { return strings.Compare(a.ID, b.ID) })
		out = append(out, our)
	}
	return out
}

func theirOrder(o shop.Order) retailOrder {
	t := retailOrder{ID: o.ID, User: o.Shopper, Address: theirAddress(o.Address), Status: o.Status, Items: []retailItem{}, Payments: []retailPayment{}}
	if s, ok := retailStatuses[o.Status]; ok {
		t.Status = s
	}
	if o.ItemsChanged {
		t.Status = "pending (item modified)"
	}
	for _, it := range o.Items {
		for range it.Qty {
			t.Items = append(t.Items, retailItem{Name: it.Title, Product: it.Product, Item: it.Variant, Price: units(it.Price), Options: theirOptions(it.Options)})
		}
	}
	for _, p := range o.Payments {
		kind := "payment"
		if p.Amount.Minor <= 0 {
			kind = "refund"
		}
		t.Payments = append(t.Payments, retailPayment{kind, math.Abs(units(p.Amount)), p.Method})
	}
	t.Fulfillments = []struct {
		Tracking []string `json:"tracking_id"`
		Items    []string `json:"item_ids"`
	}{}
	for _, s := range o.Shipments {
		t.Fulfillments = append(t.Fulfillments, struct {
			Tracking []string `json:"tracking_id"`
			Items    []string `json:"item_ids"`
		}{strings.Fields(s.Tracking), s.Items})
	}
	if o.Cancel != nil {
		t.CancelReason = o.Cancel.Reason
	}
	if r := o.Return; r != nil {
		t.ReturnItems, t.ReturnMethod = slices.Sorted(slices.Values(r.Items)), r.Method
	}
	if x := o.Exchange; x != nil {
		d := units(x.Difference)
		t.ExchangeItems, t.ExchangeNew, t.ExchangeMethod, t.ExchangeDifference = slices.Sorted(slices.Values(x.Items)), slices.Sorted(slices.Values(x.New)), x.Method, &d
	}
	return t
}

func theirUser(p shop.Person, orders []string) retailUser {
	u := retailUser{Address: theirAddress(p.Address), Email: p.Email, Methods: map[string]retailMethod{}, Orders: orders}
	u.Name.First, u.Name.Last, _ = strings.Cut(p.Name, " ")
	for _, m := range p.Methods {
		t := retailMethod{ID: m.ID, Brand: m.Brand, Last4: m.Last4}
		for theirs, ours := range retailKinds {
			if ours == m.Kind {
				t.Source = theirs
			}
		}
		if m.Balance != nil {
			b := units(*m.Balance)
			t.Balance = &b
		}
		u.Methods[m.ID] = t
	}
	return u
}

func theirProduct(p shop.Product) any {
	vs := map[string]any{}
	for _, v := range p.Variants {
		vs[v.ID] = map[string]any{"item_id": v.ID, "options": theirOptions(v.Attributes), "available": *v.Stock > 0, "price": units(*v.Price)}
	}
	return map[string]any{"name": p.Title, "product_id": p.ID, "variants": vs}
}

// inCents is a decoded JSON value with every number as round(x*100).
func inCents(v any) any {
	switch v := v.(type) {
	case float64:
		return json.Number(strconv.FormatInt(int64(math.Round(v*100)), 10))
	case map[string]any:
		for k, x := range v {
			v[k] = inCents(x)
		}
	case []any:
		for i, x := range v {
			v[i] = inCents(x)
		}
	}
	return v
}

// after is the digest of the initial state with changes, those of some orders left out.
func (s retailState) after(changes []retailChange, without map[string]bool) (string, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	var state any
	if err := json.Unmarshal(raw, &state); err != nil {
		return "", err
	}
	for _, c := range changes {
		path := strings.Split(strings.TrimPrefix(c.Path, "/"), "/")
		if len(path) > 1 && path[0] == "orders" && without[path[1]] {
			continue
		}
		at := state
		for _, key := range path[:len(path)-1] {
			m, ok := at.(map[string]any)
			if !ok {
				return "", fmt.Errorf("changes: there is no %s", c.Path)
			}
			at = m[key]
		}
		m, ok := at.(map[string]any)
		if !ok {
			return "", fmt.Errorf("changes: there is no %s", c.Path)
		}
		if last := path[len(path)-1]; c.Op == "remove" {
			delete(m, last)
		} else {
			m[last] = c.After
		}
	}
	return digest(state)
}
