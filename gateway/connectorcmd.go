package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"shopkeeper/gateway/connector"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

// ConnectorCmd is for shops that serve orders and accounts from their own system.
type ConnectorCmd struct {
	Test ConnectorTestCmd `cmd:"" help:"Test a shop's connector: signatures, replays, look-ups, an action once."`
	Demo ConnectorDemoCmd `cmd:"" help:"Serve the reference connector over the demo world, to compare with."`
}

// connectorSecret is the same for both.
type connectorSecret struct {
	Secret string `help:"Shared secret; $NAME takes it from the environment." env:"SHOPKEEPER_CONNECTOR_SECRET" required:"" placeholder:"S"`
}

// ConnectorTestCmd is the conformance suite.
type ConnectorTestCmd struct {
	connectorSecret
	URL     string        `arg:"" help:"Address of the connector, before /shopkeeper/v1."`
	Tenant  string        `help:"Tenant, as in [[connectors]]." required:"" placeholder:"T"`
	Key     string        `help:"Id of the secret; empty: the tenant." placeholder:"ID"`
	Shopper string        `help:"A shopper that the shop knows." required:"" placeholder:"ID"`
	Order   string        `help:"An order of that shopper that is really acted upon; empty: nothing is changed." placeholder:"ID"`
	Foreign string        `help:"An order of somebody else, which must look like none." placeholder:"ID"`
	Action  string        `help:"Kind of the action." default:"cancel_order" placeholder:"KIND"`
	Args    string        `help:"Its arguments, JSON." default:"{\"reason\":\"no longer needed\"}" placeholder:"JSON"`
	Rule    string        `help:"Its rule, id@version, where the shop looks at it." placeholder:"RULE"`
	Delta   *int64        `help:"What the shopper pays by it, in minor units; by default what was paid comes back for cancel_order, and 0." placeholder:"N"`
	Timeout time.Duration `help:"Longest wait for an answer." default:"10s"`
	JSON    bool          `help:"Print JSON."`
}

func (c *ConnectorTestCmd) Run(e *env) error {
	secret, err := secretOf(c.Secret)
	if err != nil {
		return misuse("--secret: %w", err)
	}
	checks, err := connector.Test(e.ctx, connector.TestOptions{
		Options: connector.Options{Tenant: c.Tenant, URL: c.URL, Key: c.Key, Secret: secret, Timeout: c.Timeout},
		Shopper: c.Shopper, Order: c.Order, Foreign: c.Foreign, Kind: c.Action, Args: json.RawMessage(c.Args), Rule: c.Rule, Delta: c.Delta,
	})
	if err != nil {
		return misuse("%w", err)
	}
	if c.JSON {
		if err := printJSON(e.stdout, checks); err != nil {
			return err
		}
	}
	wrong, skipped := 0, 0
	for _, k := range checks {
		label := "ok     "
		switch k.State {
		case connector.Wrong:
			label = "WRONG  "
			wrong++
		case connector.Skipped:
			label = "skipped"
			skipped++
		}
		if c.JSON {
			continue
		}
		line := fmt.Sprintf("%s  %-33s %s", label, k.Name, k.Note)
		if k.Mend != "" {
			line += " → " + k.Mend
		}
		fmt.Fprintln(e.stdout, strings.ReplaceAll(line, "\n", " "))
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d checks found something", wrong, len(checks))
	}
	if !c.JSON {
		fmt.Fprintf(e.stdout, "%d checks are good, %d were left out\n", len(checks)-skipped, skipped)
	}
	return nil
}

// ConnectorDemoCmd is the reference connector, over the records and rules of the demo.
type ConnectorDemoCmd struct {
	connectorSecret
	Addr  string `help:"Address to listen on: loopback only." default:"127.0.0.1:8090"`
	Seed  uint64 `help:"Seed of the demo world." default:"1"`
	Today string `help:"Day of the demo world, YYYY-MM-DD; empty: today (UTC)." placeholder:"DATE"`
}

func (c *ConnectorDemoCmd) Run(e *env) error {
	secret, err := secretOf(c.Secret)
	if err != nil {
		return misuse("--secret: %w", err)
	}
	if err := loopbackOnly(c.Addr); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "shopkeeper-connector-")
	if err != nil {
		return fmt.Errorf("make a temporary data folder: %w", err)
	}
	defer os.RemoveAll(dir)
	st, err := (&Files{Data: dir}).openStore(e.ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	w, err := world(c.Seed, c.Today)
	if err != nil {
		return err
	}
	if err := st.PutTenant(e.ctx, w.Tenant); err != nil {
		return err
	}
	if err := st.Load(e.ctx, w.Tenant.ID, store.World{Merchants: w.Merchants, Products: w.Products, People: w.People, Orders: w.Orders, Rules: w.Rules}); err != nil {
		return err
	}
	l, err := listen(c.Addr)
	if err != nil {
		return err
	}
	h := connector.NewServer(connector.ServerOptions{
		Tenant: w.Tenant.ID, Secrets: map[string]string{w.Tenant.ID: secret}, Records: demoRecords{st, w.People},
	})
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	g, ctx := errgroup.WithContext(e.ctx)
	g.Go(func() error { return ended(server.Serve(l)) })
	g.Go(func() error {
		<-ctx.Done()
		return server.Close()
	})
	own, foreign := actable(w.Orders)
	fmt.Fprintf(e.stdout, "The reference connector serves the demo world's orders. Test it, with the same secret in SHOPKEEPER_CONNECTOR_SECRET:\n\n  shopkeeper connector test http://%s --tenant %s --shopper %s --order %s --foreign %s --rule %s\n",
		l.Addr(), w.Tenant.ID, own.Shopper, own.ID, foreign.ID, ruleOf(w.Rules, "cancel_order"))
	return g.Wait()
}

// actable is an order that may be cancelled, and one of somebody else.
func actable(all []shop.Order) (own, foreign shop.Order) {
	for _, o := range all {
		switch {
		case own.ID == "" && o.Status == "paid" && !o.ItemsChanged:
			own = o
		case own.ID != "" && o.Shopper != own.Shopper:
			return own, o
		}
	}
	return own, foreign
}

func ruleOf(rules []shop.Rule, id string) (name string) {
	for _, r := range rules {
		if r.ID == id {
			name = r.Name()
		}
	}
	return name
}

// demoRecords are the store's, with people to be found.
type demoRecords struct {
	*store.Store
	people []shop.Person
}

func (r demoRecords) Find(ctx context.Context, tenant string, f connector.Find) (out []shop.Person, _ error) {
	for _, p := range r.people {
		if f.Email != "" && !strings.EqualFold(p.Email, f.Email) || f.Name != "" && (!strings.EqualFold(p.Name, f.Name) || p.Address.Postal != f.Postal) {
			continue
		}
		now, err := r.Person(ctx, shop.Principal{Tenant: tenant, ID: p.ID, Role: shop.Shopper})
		if err != nil {
			return nil, err
		}
		out = append(out, now)
	}
	return out, nil
}

// Act refuses a kind of action that there is not, which the store takes for a mistake of its caller.
func (r demoRecords) Act(ctx context.Context, key string, a shop.Action) (shop.Outcome, error) {
	o, err := r.Store.Act(ctx, key, a)
	var e *shop.Error
	if errors.As(err, &e) && e.Kind == shop.NotFound {
		return shop.Outcome{State: shop.OutcomeRefused, Code: "unknown_action", Msg: e.Msg}, nil
	}
	return o, err
}
