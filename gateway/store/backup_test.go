package store_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

// engines are empty databases of each engine that there is here.
func engines(t *testing.T) map[string]func(t testing.TB) string {
	t.Helper()
	out := map[string]func(t testing.TB) string{"sqlite": func(t testing.TB) string { return filepath.Join(t.TempDir(), "shop.db") }}
	t.Run("postgres", func(t *testing.T) {
		postgres(t)
		out["postgres"] = database
	})
	return out
}

func furnish(t testing.TB, s *store.Store, turns int) {
	t.Helper()
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(s.PutTenant(ctx, shop.Tenant{ID: "a", Name: "A “quoted” <shop> 茶", Currency: "USD", Zone: "UTC", Lang: "en"}))
	check(s.AddKey(ctx, shop.Key{ID: "k1", Tenant: "a", Role: shop.Admin, Hash: [32]byte{0, 1, 255}, Created: time.Unix(1, 0)}))
	check(s.PutProducts(ctx, "a", []shop.Product{{ID: "p1", Title: "Kettle"}, {ID: "p2", Title: "Lamp"}}, nil))
	check(s.PutProducts(ctx, "a", nil, []string{"p2"}))
	check(s.SetSwitch(ctx, shop.Switch{Tenant: "a", Assistant: "shopper", By: "root"}))
	check(s.PutPeople(ctx, "a", []shop.Person{{ID: "ann", Email: "Ann@example.com"}}))
	check(s.Enqueue(ctx, shop.OutboxMessage{Tenant: "a", ID: "m1", Kind: shop.OutboxWebhook, Topic: "x", Payload: []byte(`{}`)}))
	who := shop.Principal{Tenant: "a", ID: "ann", Role: shop.Shopper}
	for i := range turns {
		say(t, s, who, fmt.Sprint("c", i))
	}
	check(s.SaveCalls(ctx, []chat.Call{{ID: "x", At: time.Unix(100, 0), Who: who, Nano: 1 << 60, Ending: chat.Completed}}))
	_, _, err := s.Claim(ctx, who, "key", [32]byte{9})
	check(err)
	check(s.Settle(ctx, who, "key", []byte{0, 0xff, 'x'}))
	suggested := desk.Suggestion{ID: "s1", Conversation: "desk:T1", Message: "1", For: who, Said: []chat.Message{{Role: chat.User, Text: "hi"}}, State: desk.Generated, Created: time.Unix(100, 0)}
	check(s.SaveSuggestions(ctx, desk.Waiting{Tenant: "a", Conversation: "desk:T1", Message: "1"}, []desk.Suggestion{suggested}))
	_, err = s.MarkSuggestion(ctx, shop.Principal{Tenant: "a", Role: shop.App}, "s1", desk.Mark{State: desk.Sent, Distance: 1.0 / 3})
	check(err)
}

func say(t testing.TB, s *store.Store, who shop.Principal, conversation string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	b, err := s.Begin(ctx, who, conversation, "shopper", chat.Message{ID: "m" + conversation, Role: chat.User, Text: "hi 你好 \u2028"}, chat.New)
	if err == nil {
		err = s.Commit(ctx, chat.Commit{
			Who: who, Conversation: conversation, Turn: b.Turn, Revision: b.Conversation.Revision, Ending: chat.Completed,
			Messages: []chat.Message{{Role: chat.Bot, Text: "hello"}}, Events: []chat.Event{{ID: 1, Kind: chat.EvEnded}},
		})
	}
	if err != nil {
		t.Error(err)
	}
}

// dump is a store's backup as sorted lines, without its head and end.
func dump(t testing.TB, s *store.Store) (file []byte, lines []string) {
	t.Helper()
	var b bytes.Buffer
	if _, err := s.Backup(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(zip)
	for in.Scan() {
		if !strings.HasPrefix(in.Text(), `{"shopkeeper"`) && !strings.HasPrefix(in.Text(), `{"end"`) {
			lines = append(lines, in.Text())
		}
	}
	slices.Sort(lines)
	return b.Bytes(), lines
}

func from(file []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(file)), nil }
}

func TestBackup(t *testing.T) {
	all := engines(t)
	for a, freshA := range all {
		for b, freshB := range all {
			t.Run(a+" to "+b, func(t *testing.T) {
				s := open(t, freshA(t))
				furnish(t, s, 3)
				file, want := dump(t, s)
				to := open(t, freshB(t))
				rows, err := to.Restore(t.Context(), from(file), false)
				if err != nil || rows["conversations"] != 3 || rows["products"] != 2 || rows["keys"] != 1 {
					t.Fatal(rows, err)
				}
				if _, got := dump(t, to); !slices.Equal(got, want) {
					t.Errorf("restored is not what was backed up (-want +got):\n%s", cmp.Diff(want, got))
				}
				// It works on: the next turn of a restored conversation, a key's look-up.
				say(t, to, shop.Principal{Tenant: "a", ID: "ann", Role: shop.Shopper}, "c-new")
				if k, err := to.Key(t.Context(), [32]byte{0, 1, 255}); err != nil || k.ID != "k1" {
					t.Errorf("%+v %v", k, err)
				}
				if _, err := to.Restore(t.Context(), from(file), false); err == nil || !strings.Contains(err.Error(), "--replace") {
					t.Errorf("a store with records: %v", err)
				}
				if _, err := to.Restore(t.Context(), from(file), true); err != nil {
					t.Fatal(err)
				}
				if _, got := dump(t, to); !slices.Equal(got, want) {
					t.Error("what was there before is still there")
				}
			})
		}
	}
}

// A file that is not whole changes nothing, wherever it is hurt; nor does a restore that is interrupted.
func TestRestoreAllOrNothing(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "a.db"))
	furnish(t, s, 3)
	file, _ := dump(t, s)
	to := open(t, filepath.Join(t.TempDir(), "b.db"))
	furnish(t, to, 1)
	_, want := dump(t, to)
	plain := func(change func(text string) string) []byte {
		zip, err := gzip.NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(zip)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, _ = io.WriteString(w, change(string(text)))
		_ = w.Close()
		return out.Bytes()
	}
	for what, bad := range map[string][]byte{
		"empty": {}, "text": []byte("hello"), "half": file[:len(file)/2], "without its tail": file[:len(file)-4],
		"a changed value": plain(func(s string) string { return strings.Replace(s, "Kettle", "Kettie", 1) }),
		"a missing row": plain(func(s string) string {
			i := strings.Index(s, "[\"a\",\"p1\"")
			return s[:i] + s[i+strings.IndexByte(s[i:], '\n')+1:]
		}),
		"no end":           plain(func(s string) string { return s[:strings.LastIndex(s, `{"end"`)] }),
		"another schema":   plain(func(s string) string { return strings.Replace(s, `"schema":`, `"schema":9`, 1) }),
		"an unknown table": plain(func(s string) string { return strings.Replace(s, `"table":"switches"`, `"table":"sqlite_master"`, 1) }),
		"a column that is SQL": plain(func(s string) string {
			return strings.Replace(s, `"columns":["tenant"`, `"columns":["tenant) VALUES (1); --"`, 1)
		}),
	} {
		if _, err := to.Restore(t.Context(), from(bad), true); err == nil {
			t.Errorf("%s: restored", what)
		}
		if _, got := dump(t, to); !slices.Equal(got, want) {
			t.Fatalf("%s: the records changed", what)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	reads := 0
	_, err := to.Restore(ctx, func() (io.ReadCloser, error) {
		if reads++; reads == 2 {
			cancel()
		}
		return io.NopCloser(bytes.NewReader(file)), nil
	}, true)
	if _, got := dump(t, to); err == nil || !slices.Equal(got, want) {
		t.Errorf("an interrupted restore: %v", err)
	}
}

// While others write, a backup is one moment: no turn without its message, no conversation without its turn.
func TestBackupWhileWriting(t *testing.T) {
	for name, fresh := range engines(t) {
		t.Run(name, func(t *testing.T) {
			s := open(t, fresh(t))
			furnish(t, s, 1)
			var writers sync.WaitGroup
			stop := make(chan struct{})
			for w := range 4 {
				writers.Go(func() {
					for i := 0; ; i++ {
						select {
						case <-stop:
							return
						default:
							say(t, s, shop.Principal{Tenant: "a", ID: "ann", Role: shop.Shopper}, fmt.Sprint("w", w, "-", i))
						}
					}
				})
			}
			for range 5 {
				_, lines := dump(t, s)
				turns, messages := 0, 0
				for _, l := range lines {
					if strings.Contains(l, `"hello`) || strings.Contains(l, `\"hello\"`) {
						messages++
					}
					if strings.Contains(l, `,"done","m`) {
						turns++
					}
				}
				if turns == 0 || messages < turns {
					t.Errorf("%d turns are done, %d answers are there", turns, messages)
				}
			}
			close(stop)
			writers.Wait()
		})
	}
}

// Every table is in a backup, or left out on purpose.
func TestBackupKnowsEveryTable(t *testing.T) {
	where := filepath.Join(t.TempDir(), "shop.db")
	s := open(t, where)
	file, _ := dump(t, s)
	zip, _ := gzip.NewReader(bytes.NewReader(file))
	text, _ := io.ReadAll(zip)
	db, err := sql.Open("sqlite", where)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		n++
		if !strings.Contains(string(text), `"table":"`+name+`"`) && !slices.Contains([]string{"secrets", "replicas", "imports", "staged", "rejected", "vectors", "presence", "codes"}, name) {
			t.Errorf("table %s is not in a backup", name)
		}
	}
	if rows.Err() != nil || n < 20 {
		t.Fatal(n, rows.Err())
	}
}
