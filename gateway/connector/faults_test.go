package connector_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/gateway/connector"
	"shopkeeper/gateway/connector/connectortest"
	"shopkeeper/shop"
)

// asked is one action, again and again under one key until its outcome is known.
type asked struct {
	key     string
	action  shop.Action
	outcome shop.Outcome
	tries   int
	problem string
}

// until asks at most so many times. What is reported is compared with what the shop did, at once: it must not be known too early.
func (a *asked) until(t *testing.T, c *connector.Client, world *connectortest.Shop, most int) {
	for a.tries < most {
		a.tries++
		o, err := c.Act(t.Context(), a.key, a.action)
		did := world.Effects(a.key)
		var e *shop.Error
		switch {
		case did > 1:
			a.problem = fmt.Sprintf("done %d times", did)
		case err != nil && o.State != shop.OutcomeUnclear:
			a.problem = fmt.Sprintf("an error with state %s", o.State)
		case err != nil && (!errors.As(err, &e) || e.Kind != shop.Unclear):
			a.problem = fmt.Sprintf("an error that is not unclear: %v", err)
		case o.State == shop.OutcomeDone && did != 1:
			a.problem = "reported done and was not"
		case o.State == shop.OutcomeRefused && did != 0:
			a.problem = "reported refused and was done"
		}
		if a.problem != "" || o.State != shop.OutcomeUnclear {
			a.outcome = o
			return
		}
		time.Sleep(time.Duration(a.tries) * time.Second) // the outbox
	}
	a.problem = fmt.Sprintf("not known after %d tries", a.tries)
}

// Whatever happens between shop and connector: each effect at most once, none reported that was not, and all known in the end.
// SHOPKEEPER_CONNECTOR_ACTIONS says how many; 10000 is what the issue asks for.
func TestFaults(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("SHOPKEEPER_CONNECTOR_ACTIONS"))
	if err != nil || n < 1 {
		n = 2000
	}
	const workers = 32
	synctest.Test(t, func(t *testing.T) {
		world := connectortest.NewShop()
		faults := &connectortest.Faults{
			Seed: 7, Percent: 65, Late: time.Minute,
			Next: http.StripPrefix("/api", connector.NewServer(connector.ServerOptions{
				Tenant: connectortest.Tenant, Secrets: map[string]string{connectortest.Tenant: connectortest.Secret}, Records: world,
			})),
		}
		wire := connectortest.NewNetwork()
		stop := wire.Serve(faults)
		defer stop()
		c := client(t, wire)
		defer c.Close()

		// Of three actions two are on one order at one revision: one of them must lose.
		all := make([]*asked, n)
		var order shop.Order
		for i := range all {
			if i%3 != 1 {
				order = world.Put(fmt.Sprintf("s%d", i%50), fmt.Sprintf("o%d", i), time.Now())
			}
			all[i] = &asked{key: fmt.Sprintf("p_%d", i), action: connectortest.Cancel(order)}
		}
		rand.New(rand.NewPCG(1, 1)).Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for i := w; i < n; i += workers {
					all[i].until(t, c, world, 40)
				}
			})
		}
		wg.Wait()

		done, refused, tries := 0, 0, 0
		for _, a := range all {
			tries += a.tries
			switch {
			case a.problem != "":
				t.Errorf("%s: %s", a.key, a.problem)
			case a.outcome.State == shop.OutcomeDone:
				done++
			case a.outcome.Code == "record_changed":
				refused++
			default:
				t.Errorf("%s: %+v", a.key, a.outcome)
			}
			if world.Effects(a.key) > 1 { // a request that was late
				t.Errorf("%s: done %d times in the end", a.key, world.Effects(a.key))
			}
		}
		if done != world.Total() || refused != n/3 && refused != (n+1)/3 {
			t.Errorf("%d done, %d refused of %d; the shop did %d", done, refused, n, world.Total())
		}
		if faults.Followed != 0 {
			t.Errorf("%d redirects were followed", faults.Followed)
		}
		for _, f := range connectortest.AllFaults {
			if faults.Met[f] == 0 {
				t.Errorf("nothing met the fault %q", f)
			}
		}
		t.Logf("%d actions: %d done, %d refused, %.1f tries each, %d faults met", n, done, refused, float64(tries)/float64(n), len(faults.Met))
	})
}
