package main

import (
	"fmt"

	"shopkeeper/shop"
)

// EraseCmd removes what is known of a shopper.
type EraseCmd struct {
	Files
	Tenant  string `help:"Tenant." required:""`
	Shopper string `help:"The shopper, as the shop calls them." required:""`
	JSON    bool   `help:"Print the result as JSON."`
}

func (c *EraseCmd) Run(e *env) error {
	st, err := c.openFor(e.ctx, c.Tenant)
	if err != nil {
		return err
	}
	defer st.Close()
	gone, err := st.Erase(e.ctx, c.Tenant, c.Shopper)
	if err != nil {
		return err
	}
	// Whom it was about is what was to be erased: the audit says that it happened, by how much is gone.
	if err := audited(e.ctx, st, shop.AuditEntry{Tenant: c.Tenant, Act: "shopper_erased", Detail: fmt.Sprintf("%d conversations", gone.Conversations)}); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, gone)
	}
	fmt.Fprintf(e.stdout, "erased of %s: %d conversations with %d messages, %d profile; %d rows of the accounts and %d of the audit name nobody now. Orders stay: they are the shop's books.\n",
		c.Shopper, gone.Conversations, gone.Messages, gone.Profile, gone.Calls, gone.Audit)
	return nil
}
