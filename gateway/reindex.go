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
