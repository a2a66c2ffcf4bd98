package storetest

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"shopkeeper/gateway/store"
	"shopkeeper/shop"
	"shopkeeper/shop/action"
)

const (
	confirmsEnv = "STORETEST_CONFIRMS" // the child confirms from this order on
	killsEnv    = "SHOPKEEPER_CONFIRM_KILLS"
)

// settle does what was confirmed and has no known outcome, as the registry does.
func settle(t testing.TB, s *store.Store) (n int) {
	t.Helper()
	for {
		due, err := s.DueProposals(t.Context(), 50)
		must(t, err)
		if len(due) == 0 {
			return n
		}
		for _, p := range due {
			o, err := s.Act(t.Context(), p.ID, p.Action)
			must(t, err)
			_, err = s.SettleProposal(t.Context(), "a", p.ID, o)
			must(t, err)
			n++
		}
	}
}

// confirmer is another process: it confirms one cancellation after another and does each, until it is killed.
func confirmer(t *testing.T, where string) {
	from, err := strconv.Atoi(os.Getenv(confirmsEnv))
	must(t, err)
	s, err := store.Open(t.Context(), where, store.Options{})
	must(t, err)
	for i := from; ; i++ {
		_, p := paidOrder(t, s, fmt.Sprintf("k%d", i))
		p, err := s.SaveProposal(t.Context(), p)
		must(t, err)
		p, err = s.ConfirmProposal(t.Context(), ann, p.ID)
		must(t, err)
		fmt.Printf("confirmed %d\n", i)
		o, err := s.Act(t.Context(), p.ID, p.Action)
		must(t, err)
		_, err = s.SettleProposal(t.Context(), "a", p.ID, o)
		must(t, err)
	}
}

// Processes are killed between a yes and its effect: each confirmed write happened exactly once in the end.
func testConfirmKilled(t *testing.T, db *database) {
	kills := 4
	if n, err := strconv.Atoi(os.Getenv(killsEnv)); err == nil {
		kills = n
	}
	db.shop(t)
	name, _, _ := strings.Cut(t.Name(), "/")
	last, open := -1, 0
	pause := rand.New(rand.NewPCG(5, 1))
	for range kills {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+name+"$", "-test.v=false")
		cmd.Env = append(os.Environ(), childEnv+"="+db.where, confirmsEnv+"="+strconv.Itoa(last+1))
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if _, err := fmt.Sscanf(lines.Text(), "confirmed %d", &last); err != nil {
				t.Fatalf("the other process says %q", lines.Text())
			}
			if n == 3 {
				time.Sleep(time.Duration(pause.IntN(1500)) * time.Microsecond) // before, in and after the effect
				must(t, cmd.Process.Kill())
			}
		}
		_ = cmd.Wait() // it was killed
	}
	s, err := store.Open(t.Context(), db.where, store.Options{Now: func() time.Time { return time.Now().Add(time.Hour) }})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	open = settle(t, s)
	if last < 3*kills {
		t.Errorf("%d kills, and only %d confirmed", kills, last+1)
	}
	t.Logf("%d kills, %d confirmed, %d of them left to be done", kills, last+1, open)
	for i := range last + 1 {
		o, err := s.Order(t.Context(), ann, fmt.Sprintf("k%d", i))
		must(t, err)
		if o.Status != "cancelled" || len(o.Payments) != 4 || action.Net(o) != 0 || o.Revision != 2 {
			t.Errorf("order %d: %s, revision %d, %d payments", i, o.Status, o.Revision, len(o.Payments))
		}
	}
	ps, err := s.Proposals(t.Context(), "a", "c")
	must(t, err)
	done := map[string]bool{}
	for _, p := range ps {
		done[p.Action.Record] = done[p.Action.Record] || p.State == shop.ProposalDone
	}
	for _, p := range ps[:min(len(ps), last+1)] {
		again := p.State == shop.ProposalVoid && done[p.Action.Record] // killed before it could say so, the yes was asked for once more
		if p.State != shop.ProposalDone && p.State != shop.ProposalOpen && !again {
			t.Errorf("proposal of %s is %s", p.Action.Record, p.State)
		}
	}
}
