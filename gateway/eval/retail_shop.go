package eval

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"shopkeeper/gateway/store"
	"shopkeeper/shop"
	"shopkeeper/shop/action"
	"shopkeeper/tools"
)

//go:embed retail_rules.json
var retailRules []byte

const retailTenant = "retail"

// Retail is a shop with tau-retail's records, rules and the tools of the chat.
type Retail struct {
	Tools    *tools.Registry
	Store    *store.Store
	world    retailState
	folder   string
	exported map[string]string     // canonical forms, by id and revision
	initial  string                // digest
	orders   map[string]shop.Order // as they were at first
	people   map[string]shop.Person
	items    map[string]string // product of an item
	mu       sync.Mutex
	touched  map[string]bool // orders and people
}

// OpenRetail makes the shop in a folder of its own; Close removes it.
func OpenRetail(ctx context.Context, world retailState) (w *Retail, err error) {
	w = &Retail{world: world, orders: map[string]shop.Order{}, people: map[string]shop.Person{}, items: map[string]string{}, touched: map[string]bool{}, exported: map[string]string{}}
	if w.folder, err = os.MkdirTemp("", "shopkeeper-replay-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	if w.Store, err = store.Open(ctx, filepath.Join(w.folder, "shop.db"), store.Options{}); err != nil {
		return nil, err
	}
	if err := w.Store.PutTenant(ctx, shop.Tenant{ID: retailTenant, Currency: "USD", Zone: "America/New_York", Lang: "en"}); err != nil {
		return nil, err
	}
	all := store.World{Products: world.products(), People: world.people(), Orders: world.orders()}
	for _, o := range all.Orders {
		w.orders[o.ID] = o
	}
	for _, p := range all.People {
		w.people[p.ID] = p
	}
	for _, p := range all.Products {
		for _, v := range p.Variants {
			w.items[v.ID] = p.ID
		}
	}
	if err := w.Store.Load(ctx, retailTenant, all); err != nil {
		return nil, err
	}
	rules, err := action.ReadRules(retailRules)
	if err != nil {
		return nil, err
	}
	if err := w.Store.PutRules(ctx, retailTenant, rules); err != nil {
		return nil, err
	}
	w.Tools = tools.NewRegistry(tools.All(tools.Deps{
		Products: w.Store, Orders: w.Store, Actions: w.Store, Rules: w.Store, Offers: w.Store, People: w.Store, Reviews: w.Store, Merchants: w.Store,
		Currency: func(string) string { return "USD" },
	})...)
	w.Tools.Proposals = w.Store
	w.initial, err = w.Digest(ctx)
	return w, err
}

// Close ends the shop and removes its folder.
func (w *Retail) Close() error {
	var err error
	if w.Store != nil {
		err = w.Store.Close()
	}
	return errors.Join(err, os.RemoveAll(w.folder))
}

// Reset puts every record back that was touched.
func (w *Retail) Reset(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var os []shop.Order
	var ps []shop.Person
	for id := range w.touched {
		if o, ok := w.orders[id]; ok {
			os = append(os, o)
			id = o.Shopper
		}
		if p, ok := w.people[id]; ok {
			ps = append(ps, p)
		}
	}
	clear(w.touched)
	return errors.Join(w.Store.PutOrders(ctx, retailTenant, os), w.Store.PutPeople(ctx, retailTenant, ps))
}

func shopper(id string) shop.Principal {
	return shop.Principal{Tenant: retailTenant, Role: shop.Shopper, ID: id}
}

// scope is who calls: a user, "none" for nobody who is known, "any" for one who owns nothing.
func (w *Retail) scope(user, conversation string) tools.Scope {
	who := shopper(user)
	switch user {
	case "none":
		who.ID, who.Anon = "somebody", true
	case "any":
		who.ID = "owns-nothing"
	}
	return tools.Scope{Who: who, For: who, Conversation: conversation, Turn: "t", Lang: "en", Zone: "America/New_York", Now: epoch.AddDate(1, 0, 0)}
}

// retailArgs are the arguments of all of the benchmark's actions.
type retailArgs struct {
	Order   string   `json:"order_id"`
	User    string   `json:"user_id"`
	Product string   `json:"product_id"`
	Item    string   `json:"item_id"`
	Reason  string   `json:"reason"`
	Method  string   `json:"payment_method_id"`
	Items   []string `json:"item_ids"`
	New     []string `json:"new_item_ids"`
	Email   string   `json:"email"`
	First   string   `json:"first_name"`
	Last    string   `json:"last_name"`
	Zip     string   `json:"zip"`
	Line1   string   `json:"address1"`
	Line2   string   `json:"address2"`
	City    string   `json:"city"`
	State   string   `json:"state"`
	Country string   `json:"country"`
	Sum     string   `json:"expression"`
}

// notYours refuses what our tools cannot even express: they have no argument that names a user.
var notYours = &shop.Error{Kind: shop.NotFound, Code: "not_your_record", Msg: "That is another account."}

// translate is a call in our words. tool "": the harness answers itself.
func (w *Retail) translate(sc tools.Scope, c RetailCall) (tool string, args any, err error) {
	var a retailArgs
	if err := json.Unmarshal(c.Args, &a); err != nil {
		return "", nil, fmt.Errorf("arguments of %s: %w", c.Name, err)
	}
	to := tools.AddressInput{Line1: a.Line1, Line2: a.Line2, City: a.City, Region: a.State, Postal: a.Zip, Country: a.Country}
	switch c.Name {
	case "cancel_pending_order":
		return action.Cancel, tools.CancelInput{Order: a.Order, Reason: a.Reason}, nil
	case "modify_pending_order_address":
		return action.ChangeAddress, tools.OrderAddressInput{Order: a.Order, AddressInput: to}, nil
	case "modify_pending_order_payment":
		return action.ChangePayment, tools.PaymentInput{Order: a.Order, Method: a.Method}, nil
	case "modify_pending_order_items":
		return action.ChangeItems, tools.ItemsInput{Order: a.Order, Items: a.Items, New: a.New, Method: a.Method}, nil
	case "return_delivered_order_items":
		return action.ReturnItems, tools.ReturnInput{Order: a.Order, Items: a.Items, Method: a.Method}, nil
	case "exchange_delivered_order_items":
		return action.ExchangeItems, tools.ItemsInput{Order: a.Order, Items: a.Items, New: a.New, Method: a.Method}, nil
	case "modify_user_address":
		if a.User != sc.For.ID {
			return "", nil, notYours
		}
		return action.DefaultAddress, to, nil
	case "get_user_details":
		if a.User != sc.For.ID {
			return "", nil, notYours
		}
		return "my_account", struct{}{}, nil
	case "get_order_details":
		return "order_status", tools.OrderInput{Order: a.Order}, nil
	case "get_product_details":
		return "get_product", tools.ProductInput{ID: a.Product}, nil
	case "get_item_details":
		return "get_product", tools.ProductInput{ID: w.items[a.Item]}, nil
	case "find_user_id_by_email", "find_user_id_by_name_zip":
		if w.find(a) == "" {
			return "", nil, &shop.Error{Kind: shop.NotFound, Code: "user_not_found", Msg: "There is no such account."}
		}
		return "", nil, nil
	case "calculate":
		_, err := calculate(a.Sum)
		return "", nil, err
	case "list_all_product_types", "think":
		return "", nil, nil
	}
	return "", nil, fmt.Errorf("there is no action %q in this benchmark", c.Name)
}

// find is the user that an e-mail address, or a name with a zip code, belongs to; "" for none.
func (w *Retail) find(a retailArgs) string {
	for id, u := range w.world.Users {
		if a.Email != "" && u.Email == a.Email || a.Email == "" && u.Name.First == a.First && u.Name.Last == a.Last && u.Address.Zip == a.Zip {
			return id
		}
	}
	return ""
}

// answers says whether a call that gives a value gives this one.
func (w *Retail) answers(c RetailCall, want string) (bool, error) {
	var a retailArgs
	if err := json.Unmarshal(c.Args, &a); err != nil {
		return false, err
	}
	if c.Name != "calculate" {
		return w.find(a) == want, nil
	}
	v, err := calculate(a.Sum)
	if err != nil {
		return false, err
	}
	x, err := strconv.ParseFloat(want, 64)
	return err == nil && dollars(v) == dollars(x), nil
}

// Propose makes a call without saying yes to what it proposes.
func (w *Retail) Propose(ctx context.Context, sc tools.Scope, c RetailCall) error {
	_, err := w.call(ctx, sc, c)
	return err
}

// Do makes a call and says yes to what it proposes. A *shop.Error says why nothing was done.
func (w *Retail) Do(ctx context.Context, sc tools.Scope, c RetailCall) error {
	p, err := w.call(ctx, sc, c)
	if err != nil || p == nil {
		return err
	}
	return w.Confirm(ctx, sc.Who, p.ID)
}

// Confirm says yes to a proposal; what it came to, other than done, is a *shop.Error.
func (w *Retail) Confirm(ctx context.Context, who shop.Principal, id string) error {
	p, err := w.Tools.Confirm(ctx, who, id)
	switch {
	case err != nil:
		return err
	case p.State == shop.ProposalDone:
		return nil
	case p.Outcome != nil:
		return &shop.Error{Kind: shop.Refused, Code: p.Outcome.Code, Msg: p.Outcome.Msg}
	}
	return fmt.Errorf("proposal %s is %s", p.ID, p.State)
}

func (w *Retail) call(ctx context.Context, sc tools.Scope, c RetailCall) (*shop.Proposal, error) {
	name, args, err := w.translate(sc, c)
	if err != nil || name == "" {
		return nil, err
	}
	var asked retailArgs
	if err := json.Unmarshal(c.Args, &asked); err != nil {
		return nil, err
	}
	missing := &shop.Error{Kind: shop.NotFound, Code: "order_not_found", Msg: "There is no such order."}
	raw, err := json.Marshal(args)
	if err != nil {
		return nil, err
	}
	res, err := w.Tools.Call(ctx, sc, name, raw)
	if err != nil {
		return nil, err
	}
	// Our tools find an order however its number is written; the benchmark knows one way only.
	if p := res.Proposal; p != nil {
		w.mu.Lock()
		w.touched[p.Action.Record] = true
		w.mu.Unlock()
		if asked.Order != "" && p.Action.Record != asked.Order {
			return nil, missing
		}
	}
	if name == "order_status" {
		var found struct {
			Orders []struct {
				ID string `json:"id"`
			} `json:"orders"`
		}
		if err := json.Unmarshal(res.Output, &found); err != nil {
			return nil, err
		}
		if len(found.Orders) == 0 || found.Orders[0].ID != asked.Order {
			return nil, missing
		}
	}
	return res.Proposal, nil
}

// Digest exports the shop in the benchmark's shape. What was exported before and has the same revision is not made again.
func (w *Retail) Digest(ctx context.Context) (string, error) {
	users, orders, products := map[string]string{}, map[string]string{}, map[string]string{}
	for id := range w.world.Users {
		p, err := w.Store.Person(ctx, shopper(id))
		if err != nil {
			return "", err
		}
		theirs, err := w.Store.Orders(ctx, shopper(id), 1000)
		if err != nil {
			return "", err
		}
		ids := []string{}
		for _, o := range slices.Backward(theirs) {
			if orders[o.ID], err = w.once(o.ID, o.Revision, func() any { return theirOrder(o) }); err != nil {
				return "", err
			}
			ids = append(ids, o.ID)
		}
		if users[id], err = w.once(id+" "+strings.Join(ids, " "), p.Revision, func() any { return theirUser(p, ids) }); err != nil {
			return "", err
		}
	}
	ps, err := w.Store.Products(ctx, retailTenant, slices.Collect(maps.Keys(w.world.Products)))
	if err != nil {
		return "", err
	}
	for _, p := range ps {
		if products[p.ID], err = w.once("product "+p.ID, p.Revision, func() any { return theirProduct(p) }); err != nil {
			return "", err
		}
	}
	h := sha256.New()
	for i, part := range []struct {
		name string
		of   map[string]string
	}{{"orders", orders}, {"products", products}, {"users", users}} {
		fmt.Fprintf(h, "%s%q:{", []string{"{", ",", ","}[i], part.name)
		for j, id := range slices.Sorted(maps.Keys(part.of)) {
			if j > 0 {
				_, _ = io.WriteString(h, ",")
			}
			fmt.Fprintf(h, "%q:%s", id, part.of[id])
		}
		_, _ = io.WriteString(h, "}")
	}
	_, _ = io.WriteString(h, "}")
	return hex.EncodeToString(h.Sum(nil)), nil
}

// once is the canonical form of a record, made once a revision.
func (w *Retail) once(id string, revision int64, record func() any) (string, error) {
	key := id + "@" + strconv.FormatInt(revision, 10)
	if s, ok := w.exported[key]; ok {
		return s, nil
	}
	s, err := canonical(record())
	w.exported[key] = s
	return s, err
}

// netZero says which payment method of the called order does not net to zero; "" when all do.
func (w *Retail) netZero(ctx context.Context, sc tools.Scope, c RetailCall) (string, error) {
	var a retailArgs
	if err := json.Unmarshal(c.Args, &a); err != nil {
		return "", err
	}
	o, err := w.Store.Order(ctx, sc.For, a.Order)
	if err != nil {
		return "", err
	}
	net := map[string]int64{}
	for _, p := range o.Payments {
		net[p.Method] += p.Amount.Minor
	}
	for m, n := range net {
		if n != 0 {
			return fmt.Sprintf("%s nets to %d cents", m, n), nil
		}
	}
	return "", nil
}
