package eval

import (
	"path/filepath"
	"testing"
)

func retailFiles(t testing.TB) ReplayOptions {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "testdata", "tau-retail")
	return ReplayOptions{
		Every: sparse,
		State: dir, Actions: filepath.Join(dir, "gold_actions.jsonl"), Expected: filepath.Join(dir, "expected_dev.jsonl"), Negatives: filepath.Join(dir, "negative_dev.jsonl"),
	}
}

func replayed(t *testing.T, o ReplayOptions) {
	t.Helper()
	r, err := Replay(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Failures {
		t.Errorf("%s: %s", f.ID, f.Why)
	}
	if r.Tasks == 0 || o.Negatives != "" && r.Negatives == 0 {
		t.Errorf("nothing was replayed: %+v", r)
	}
}

func TestReplay(t *testing.T) { replayed(t, retailFiles(t)) }

func TestReplayTau3(t *testing.T) {
	o := retailFiles(t)
	o.Actions, o.Expected, o.Negatives = filepath.Join(o.State, "gold_actions_tau3.jsonl"), filepath.Join(o.State, "expected_tau3_dev.jsonl"), ""
	replayed(t, o)
}

// The first state is the benchmark's own, and stays it after a task was put back.
func TestRetailReset(t *testing.T) {
	o := retailFiles(t)
	world, err := readRetail(o.State)
	if err != nil {
		t.Fatal(err)
	}
	w, err := OpenRetail(t.Context(), world)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	const initial = "43a6ae6797663949afe950de77cbfbba68ef703f3d3326e8c58a6fb998eb07eb"
	for range 2 {
		got, err := w.Digest(t.Context())
		if err != nil || got != initial {
			t.Fatalf("digest %s, %v; want %s", got, err, initial)
		}
		if err := w.Do(t.Context(), w.scope("mohamed_santos_2427", "c"), RetailCall{"get_user_details", []byte(`{"user_id":"mohamed_santos_2427"}`)}); err != nil {
			t.Fatal(err)
		}
		if err := w.Do(t.Context(), w.scope("ethan_lopez_6291", "c"), RetailCall{"cancel_pending_order", []byte(`{"order_id":"#W9409203","reason":"no longer needed"}`)}); err != nil {
			t.Fatal(err)
		}
		if changed, err := w.Digest(t.Context()); err != nil || changed == initial {
			t.Fatalf("a cancelled order does not show: %v", err)
		}
		if err := w.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
