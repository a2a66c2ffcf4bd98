package main

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"shopkeeper/gateway/api"
	"shopkeeper/gateway/store"
	"shopkeeper/retrieval/ingest"
	"shopkeeper/shop/demo"
)

// loadDemo puts the demo world into the store and says whom the demo's keys stand for.
func (c *ServeCmd) loadDemo(ctx context.Context, st *store.Store) (*api.DemoOptions, error) {
	w, err := world(c.Seed, c.Today)
	if err != nil {
		return nil, err
	}
	if err := st.PutTenant(ctx, w.Tenant); err != nil {
		return nil, err
	}
	documents, err := texts(demo.Policies())
	if err != nil {
		return nil, err
	}
	known, err := ingest.ReadAll(ctx, documents)
	if err != nil {
		return nil, err
	}
	err = st.Load(ctx, w.Tenant.ID, store.World{
		Merchants: w.Merchants, Products: w.Products, Offers: w.Offers, People: w.People, Orders: w.Orders, Reviews: w.Reviews, Documents: known, Rules: w.Rules,
	})
	if err != nil {
		return nil, err
	}
	return &api.DemoOptions{
		Tenant: w.Tenant, Shoppers: [2]string{w.People[0].ID, w.People[1].ID}, Agents: [2]string{"agent-1", "agent-2"},
		Merchants: [2]string{w.Merchants[0].ID, w.Merchants[1].ID}, Admin: "admin",
	}, nil
}

// texts reads every file of a folder by its path.
func texts(dir fs.FS) (map[string]string, error) {
	out := map[string]string{}
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(dir, name)
		out[name] = string(raw)
		return err
	})
	return out, err
}

// world makes the demo world of a seed and a day.
func world(seed uint64, day string) (*demo.World, error) {
	d, err := dayOf(day)
	if err != nil {
		return nil, err
	}
	return demo.New(seed, d), nil
}

// dayOf reads a day; "" is today.
func dayOf(day string) (time.Time, error) {
	if day == "" {
		return time.Now().UTC().Truncate(24 * time.Hour), nil
	}
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return d, misuse("day %q: write YYYY-MM-DD", day)
	}
	return d, nil
}

// clock is the time in the shop. The demo's goes on from the day that was asked for, so that what the assistant says of offers
// and deliveries fits its world; what is stored and signed keeps the real time.
func (c *ServeCmd) clock() (func() time.Time, error) {
	if !c.Demo || c.Today == "" {
		return time.Now, nil
	}
	day, err := dayOf(c.Today)
	if err != nil {
		return nil, err
	}
	ahead := day.Sub(time.Now().UTC().Truncate(24 * time.Hour))
	return func() time.Time { return time.Now().Add(ahead) }, nil
}

// DemoCmd writes the demo world for those who want to see what feeds look like.
type DemoCmd struct {
	Out   string `help:"Folder for the feeds; created when absent." required:"" type:"path" placeholder:"DIR"`
	Seed  uint64 `help:"Seed." default:"1"`
	Today string `help:"Day, YYYY-MM-DD; empty: today (UTC)." placeholder:"DATE"`
	JSON  bool   `help:"Print the result as JSON."`
}

func (c *DemoCmd) Run(e *env) error {
	w, err := world(c.Seed, c.Today)
	if err != nil {
		return err
	}
	if err := w.WriteFeeds(c.Out); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, map[string]any{"out": c.Out, "products": len(w.Products), "offers": len(w.Offers), "orders": len(w.Orders)})
	}
	fmt.Fprintf(e.stdout, "%s: %d products, %d offers, policies\n", c.Out, len(w.Products), len(w.Offers))
	return nil
}
