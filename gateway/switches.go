package main

import (
	"context"
	"fmt"
	"log/slog"
	"os/user"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

// switches know which assistants are off. Every process reads them once a second, so that a request needs no look-up; while the
// database does not answer, what was off stays off.
type switches struct {
	stored func(ctx context.Context, tenant string) ([]shop.Switch, error)
	went   func(tenant, assistant string) // an assistant went off
	log    *slog.Logger
	off    atomic.Pointer[map[[2]string]bool] // by tenant and assistant
}

// Off says whether an assistant of a tenant is off.
func (w *switches) Off(tenant, assistant string) bool {
	off := w.off.Load()
	return off != nil && (*off)[[2]string{tenant, assistant}]
}

// read looks the switches up, and ends what runs of those that went off.
func (w *switches) read(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	all, err := w.stored(ctx, "")
	if err != nil {
		return err
	}
	now := map[[2]string]bool{}
	for _, s := range all {
		if !s.On {
			now[[2]string{s.Tenant, s.Assistant}] = true
		}
	}
	was := w.off.Swap(&now)
	for at := range now {
		if was == nil || !(*was)[at] {
			w.went(at[0], at[1])
		}
	}
	return nil
}

func (w *switches) follow(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for failed := false; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := w.read(ctx)
		if err != nil && !failed && ctx.Err() == nil {
			w.log.WarnContext(ctx, "the assistants' switches cannot be read: they stay as they were", "error", err)
		}
		failed = err != nil
	}
}

// AssistantCmd switches assistants.
type AssistantCmd struct {
	Off  AssistantOffCmd  `cmd:"" help:"Switch an assistant off: running answers end, new questions are refused on every replica within two seconds."`
	On   AssistantOnCmd   `cmd:"" help:"Switch an assistant on again."`
	List AssistantListCmd `cmd:"" help:"List assistants and whether they are on."`
}

type assistantSwitch struct {
	Files
	Name   string `arg:"" help:"Assistant, such as shopper."`
	Tenant string `help:"Tenant." required:""`
	Reason string `help:"Why; colleagues read it."`
	JSON   bool   `help:"Print the result as JSON."`
}

type AssistantOffCmd struct{ assistantSwitch }

func (c *AssistantOffCmd) Run(e *env) error { return c.put(e, false) }

type AssistantOnCmd struct{ assistantSwitch }

func (c *AssistantOnCmd) Run(e *env) error { return c.put(e, true) }

func (c *assistantSwitch) put(e *env, on bool) error {
	if !slices.Contains(assistants, c.Name) {
		return fmt.Errorf("there is no assistant %q: there are %s", c.Name, strings.Join(assistants, ", "))
	}
	st, err := c.openFor(e.ctx, c.Tenant)
	if err != nil {
		return err
	}
	defer st.Close()
	w := shop.Switch{Tenant: c.Tenant, Assistant: c.Name, On: on, Since: time.Now().UTC().Truncate(time.Microsecond), By: operatorName(), Reason: c.Reason}
	if err := st.SetSwitch(e.ctx, w); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, w)
	}
	fmt.Fprintf(e.stdout, "%s of %s is %s\n", c.Name, c.Tenant, map[bool]string{true: "on", false: "off"}[on])
	return nil
}

// audited keeps an act of the command line. A failed one is said, though the act itself is done.
func audited(ctx context.Context, st *store.Store, e shop.AuditEntry) error {
	e.Actor = operatorName()
	if err := st.AddAudit(ctx, e); err != nil {
		return fmt.Errorf("it is done, but it is not in the audit: %w", err)
	}
	return nil
}

// operatorName is whose the command line's acts are.
func operatorName() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return "operator " + u.Username
	}
	return "operator"
}

type AssistantListCmd struct {
	Files
	Tenant string `help:"Tenant." required:""`
	JSON   bool   `help:"Print JSON."`
}

func (c *AssistantListCmd) Run(e *env) error {
	st, err := c.openFor(e.ctx, c.Tenant)
	if err != nil {
		return err
	}
	defer st.Close()
	touched, err := st.Switches(e.ctx, c.Tenant)
	if err != nil {
		return err
	}
	all := shop.AllSwitches(c.Tenant, assistants, touched)
	if c.JSON {
		return printJSON(e.stdout, all)
	}
	for _, w := range all {
		state := "on"
		if !w.On {
			state = "off since " + w.Since.Format(time.RFC3339) + " by " + w.By
		}
		fmt.Fprintf(e.stdout, "%s\t%s\t%s\n", w.Assistant, state, w.Reason)
	}
	return nil
}

// AuditCmd shows what staff and operators did.
type AuditCmd struct {
	Files
	Tenant string `help:"Tenant; empty: acts on the whole installation, such as a backup."`
	Limit  int    `help:"At most so many, the newest." default:"100"`
	JSON   bool   `help:"Print JSON."`
}

func (c *AuditCmd) Run(e *env) error {
	st, err := c.openStore(e.ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	if c.Tenant != "" {
		if _, err := tenant(e.ctx, st, c.Tenant); err != nil {
			return err
		}
	}
	entries, err := st.Audit(e.ctx, c.Tenant, time.Time{}, max(1, c.Limit))
	if err != nil {
		return err
	}
	if c.JSON {
		if entries == nil {
			entries = []shop.AuditEntry{}
		}
		return printJSON(e.stdout, entries)
	}
	for _, a := range entries {
		fmt.Fprintf(e.stdout, "%s\t%s\t%s\t%s\t%s\n", a.At.Format(time.RFC3339), a.Actor, a.Act, a.Object, a.Detail)
	}
	return nil
}
