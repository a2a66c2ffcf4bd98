package main

import "fmt"

// ReindexCmd asks the serving processes to rebuild. The index belongs to them: the embedded one lives in their memory, and
// over Qdrant one of them writes. Each builds the new one beside the old and switches.
type ReindexCmd struct {
	Files
	Tenant string `help:"Only this tenant."`
	JSON   bool   `help:"Print the result as JSON."`
}

func (c *ReindexCmd) Run(e *env) error {
	st, err := c.openStore(e.ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	ids := []string{c.Tenant}
	if c.Tenant == "" {
		if ids, err = st.TenantIDs(e.ctx); err != nil {
			return err
		}
	} else if _, err := tenant(e.ctx, st, c.Tenant); err != nil {
		return err
	}
	for _, id := range ids {
		if err := st.Reindex(e.ctx, id); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(e.stdout, map[string][]string{"tenants": ids})
	}
	for _, id := range ids {
		fmt.Fprintf(e.stdout, "tenant %s: a running serve rebuilds its index within two seconds; without one, the next start does\n", id)
	}
	return nil
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
