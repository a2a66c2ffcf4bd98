package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"shopkeeper/gateway/store"
)

// keptFor is a kind of records and for how many days it is kept.
type keptFor struct {
	kind string
	days int
}

func (r RetentionSettings) kinds() []keptFor {
	return []keptFor{{store.KeptConversations, r.Conversations}, {store.KeptCalls, r.Calls}, {store.KeptAudit, r.Audit}, {store.KeptOutbox, r.Outbox}}
}

func (k keptFor) before(now time.Time) time.Time { return now.AddDate(0, 0, -k.days) }

// sweepOnce removes all that is too old, piece by piece with pauses, so that nobody waits for it.
func sweepOnce(ctx context.Context, st *store.Store, r RetentionSettings, now time.Time, pause time.Duration) (gone map[string]int64, err error) {
	gone = map[string]int64{}
	for _, k := range r.kinds() {
		for k.days > 0 {
			n, err := st.Sweep(ctx, k.kind, k.before(now))
			if err != nil {
				return gone, err
			}
			if n == 0 {
				break
			}
			gone[k.kind] += n
			select {
			case <-ctx.Done():
				return gone, ctx.Err()
			case <-time.After(pause):
			}
		}
	}
	return gone, nil
}

// sweep keeps to the retention, once an hour. Replicas begin at different times, so that they seldom meet.
func (a *app) sweep(ctx context.Context) error {
	wait := time.Minute + rand.N(10*time.Minute)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = time.Hour
		gone, err := sweepOnce(ctx, a.store, a.set.Retention, time.Now(), 20*time.Millisecond)
		if err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "old records could not be removed", "error", err)
		}
		for kind, n := range gone {
			a.log.InfoContext(ctx, "old records removed", "kind", kind, "rows", n)
		}
	}
}

// RetentionCmd removes old records now.
type RetentionCmd struct {
	Files
	Settings RetentionSettings `embed:""`
	DryRun   bool              `help:"Only count what would go."`
	JSON     bool              `help:"Print the result as JSON."`
}

func (c *RetentionCmd) Run(e *env) error {
	r := c.Settings
	if c.Config != "" {
		s, _, err := readFile(c.Config)
		if err != nil {
			return err
		}
		for _, pair := range []struct{ flag, file *int }{
			{&r.Conversations, &s.Retention.Conversations}, {&r.Calls, &s.Retention.Calls}, {&r.Audit, &s.Retention.Audit}, {&r.Outbox, &s.Retention.Outbox},
		} {
			if *pair.flag == 0 {
				*pair.flag = *pair.file
			}
		}
	}
	if r == (RetentionSettings{}) {
		return misuse("nothing is to be removed: set [retention] in the configuration file, or --keep-conversations, --keep-calls, --keep-audit, --keep-outbox in days")
	}
	st, err := c.openStore(e.ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	now, gone := time.Now(), map[string]int64{}
	if c.DryRun {
		for _, k := range r.kinds() {
			if k.days > 0 {
				if gone[k.kind], err = st.Old(e.ctx, k.kind, k.before(now)); err != nil {
					return err
				}
			}
		}
	} else if gone, err = sweepOnce(e.ctx, st, r, now, 0); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, map[string]any{"dry_run": c.DryRun, "rows": gone})
	}
	for _, k := range r.kinds() {
		if k.days > 0 {
			fmt.Fprintf(e.stdout, "%s older than %d days: %d %s\n", k.kind, k.days, gone[k.kind], map[bool]string{true: "would go", false: "removed"}[c.DryRun])
		}
	}
	return nil
}
