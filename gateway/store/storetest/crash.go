package storetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

// Of callers who race for one conversation one wins, whichever process they run in.
func testRaces(t *testing.T, db *database) {
	stores := []*store.Store{db.shop(t), db.open(t)}
	ctx := t.Context()
	for round := range 3 {
		id := fmt.Sprintf("c%d", round)
		var mu sync.Mutex
		var won []chat.Begun
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				b, err := stores[i%2].Begin(ctx, ann, id, "shopper", say(fmt.Sprintf("u%d", i), "hi"), chat.New)
				var e *shop.Error
				switch {
				case err == nil:
					mu.Lock()
					won = append(won, b)
					mu.Unlock()
				case !errors.As(err, &e) || e.Kind != shop.Busy:
					t.Errorf("caller %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if len(won) != 1 {
			t.Fatalf("%d callers won", len(won))
		}
		// The same message sent twice at once is one turn.
		commit(t, stores[0], answer(won[0], "Hi."))
		turns := map[string]bool{}
		for i := range 8 {
			wg.Go(func() {
				b, err := stores[i%2].Begin(ctx, ann, id, "shopper", say("same", "hi"), chat.New)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				turns[b.Turn+b.Running] = true
				mu.Unlock()
			})
		}
		wg.Wait()
		if len(turns) != 1 {
			t.Fatalf("one message opened %d turns", len(turns))
		}
		// Of commits that race one wins.
		b, err := stores[0].Read(ctx, ann, id)
		must(t, err)
		b.Turn, b.Number = b.Running, b.Conversation.Turns
		ok := 0
		for i := range 4 {
			wg.Go(func() {
				err := stores[i%2].Commit(ctx, answer(b, fmt.Sprintf("Answer %d.", i)))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					ok++
				}
			})
		}
		wg.Wait()
		same(t, "commits that won", ok, 1)
	}
}

// Many writers and readers at once, catalogue and conversations beside each other.
func testWriters(t *testing.T, db *database) {
	stores := []*store.Store{db.shop(t), db.open(t)}
	ctx := t.Context()
	var wg sync.WaitGroup
	const writers, turns = 6, 4
	for w := range writers {
		wg.Go(func() {
			s, id := stores[w%2], fmt.Sprintf("c%d", w)
			for n := range turns {
				b, err := s.Begin(ctx, ann, id, "shopper", say(fmt.Sprintf("u%d", n), fmt.Sprintf("q%d", n)), chat.New)
				if err == nil {
					err = s.Commit(ctx, answer(b, fmt.Sprintf("a%d", n)))
				}
				if err == nil {
					err = s.PutProducts(ctx, "a", products(20, int64(w*100+n)), []string{"gone"})
				}
				if err == nil {
					_, _, _, err = s.ProductsSince(ctx, "a", 0, 100)
				}
				if err == nil {
					_, err = s.Conversations(ctx, agent, 10, db.clock.Now())
				}
				if err != nil {
					t.Errorf("writer %d: %v", w, err)
					return
				}
			}
		})
	}
	wg.Wait()
	for w := range writers {
		got, err := stores[0].Read(ctx, ann, fmt.Sprintf("c%d", w))
		must(t, err)
		same(t, "history", texts(got.History), "q0 | a0 | q1 | a1 | q2 | a2 | q3 | a3")
	}
	ps, revision := catalogue(t, stores[0], "a")
	same(t, "products", len(ps), 20)
	seen := map[int64]bool{}
	for _, p := range ps {
		if seen[p.Revision] || p.Revision > revision || p.Price.Minor != ps[0].Price.Minor {
			t.Errorf("product %s: revision %d of %d, price %d", p.ID, p.Revision, revision, p.Price.Minor)
		}
		seen[p.Revision] = true
	}
}

// A caller that left gets an error and leaves nothing half done.
func testCancelled(t *testing.T, db *database) {
	s := db.shop(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Begin(gone, ann, "c1", "shopper", say("u1", "hi"), chat.New); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if err := s.PutProducts(gone, "a", products(10, 1), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	for _, err := range s.AllProducts(gone, "a") {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	}
	_, err := s.Read(t.Context(), ann, "c1")
	refused(t, err, shop.NotFound)
	same(t, "number", begin(t, s, ann, "c1", say("u1", "hi"), chat.New).Number, 1)
}

const childEnv = "STORETEST_CHILD"

// child is another process: it acknowledges messages on standard output, every second one answered, until it is killed.
func child(t *testing.T, where string) {
	s, err := store.Open(t.Context(), where, store.Options{})
	must(t, err)
	for i := 0; ; i++ {
		b := begin(t, s, ann, fmt.Sprintf("c%d", i), say("u", fmt.Sprintf("message %d", i)), chat.New)
		if i%2 == 1 {
			commit(t, s, answer(b, "Answered."))
		}
		fmt.Printf("acknowledged %d\n", i)
	}
}

// What was acknowledged survives kill -9; turns that were open are in nobody's way once the next process says that it is alone.
func testKilled(t *testing.T, db *database) {
	db.shop(t)
	name, _, _ := strings.Cut(t.Name(), "/")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+name+"$", "-test.v=false")
	cmd.Env = append(os.Environ(), childEnv+"="+db.where)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	last := -1
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, err := fmt.Sscanf(lines.Text(), "acknowledged %d", &last); err != nil {
			t.Fatalf("the other process says %q", lines.Text())
		}
		if last == 40 {
			must(t, cmd.Process.Kill())
		}
	}
	_ = cmd.Wait() // it was killed
	if last < 40 {
		t.Fatalf("the other process ended at message %d", last)
	}
	s, err := store.Open(t.Context(), db.where, store.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	n, err := s.AbandonTurns(t.Context())
	must(t, err)
	if n < 20 {
		t.Errorf("%d turns were open, want every second of %d", n, last)
	}
	for i := range last + 1 {
		id, text := fmt.Sprintf("c%d", i), fmt.Sprintf("message %d", i)
		got, err := s.Read(t.Context(), ann, id)
		must(t, err)
		if i%2 == 1 {
			same(t, "history", texts(got.History), text+" | Answered.")
			continue
		}
		same(t, "history", texts(got.History), text)
		if b := begin(t, s, ann, id, say("u", text), chat.New); b.Turn == "" || b.Number != 2 {
			t.Errorf("message %d cannot be sent again: %+v", i, b)
		}
	}
}
