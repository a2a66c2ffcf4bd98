package main

import (
	"bufio"
	"database/sql"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// footprint is what a turn leaves with PostgreSQL and asks of Redis. The servers' own counts include what others do meanwhile.
type footprint struct {
	turns                            int
	rows, bytes, commits, wal, redis float64 // a turn
	tables                           map[string]float64
}

// benchFootprint prints the inputs of the capacity table in docs/deploy.md: a turn of an assistant with a model, one search and its cards,
// two turns a conversation.
func benchFootprint(t *testing.T) {
	f := measureFootprint(t, sized("SHOPKEEPER_FOOTPRINT", 1000))
	fmt.Printf("\n| a turn with a model and one search, mean of %d | figure |\n|---|---|\n", f.turns)
	fmt.Printf("| rows written to PostgreSQL, commits | %.1f, %.1f |\n", f.rows, f.commits)
	fmt.Printf("| bytes in PostgreSQL, with indexes | %.0f |\n", f.bytes)
	for _, name := range footprintTables {
		fmt.Printf("| … of it `%s` | %.0f |\n", name, f.tables[name])
	}
	fmt.Printf("| bytes of write-ahead log | %.0f |\n", f.wal)
	fmt.Printf("| commands of Redis | %.1f |\n", f.redis)
}

var footprintTables = []string{"conversations", "messages", "evidence", "turns", "calls"}

func measureFootprint(t *testing.T, turns int) (f footprint) {
	r := fleet(t, 1, "--demo", "--model-url", mockModel(t), "--model", "mock-model")[0]
	db, err := sql.Open("pgx", flagOf(r.args, "--db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	search := "mock:mode=agent,rounds=1,tool=search_products,args64=" + base64.RawURLEncoding.EncodeToString([]byte(`{"query":"headphones"}`))
	ask := func(from, n int) {
		for i := from; i < from+n; i++ {
			raw := fmt.Sprintf("which headphones are good for travel, please? %s", search)
			x := hear(poolOf(t, r).send(t.Context(), "/api/chat", "demo-shopper", message(fmt.Sprintf("foot-%d", i/2), fmt.Sprintf("m%d", i), raw)))
			if !x.whole() {
				t.Fatal(x)
			}
			time.Sleep(10 * time.Millisecond) // the limit of the demo's keys
		}
		time.Sleep(time.Second) // the accounts follow
	}
	ask(0, 20) // what is written once
	var before, after counts
	before.read(t, db, flagOf(r.args, "--redis"))
	ask(20, turns)
	after.read(t, db, flagOf(r.args, "--redis"))
	f.turns, f.tables = turns, map[string]float64{}
	each := func(a, b float64) float64 { return (b - a) / float64(turns) }
	for _, name := range footprintTables {
		f.tables[name] = each(before.tables[name], after.tables[name])
		f.bytes += f.tables[name]
	}
	f.rows, f.commits = each(before.rows, after.rows), each(before.commits, after.commits)
	f.wal, f.redis = each(before.wal, after.wal), each(before.redis, after.redis)
	return f
}

func flagOf(args []string, name string) string {
	for i, a := range args {
		if a == name {
			return args[i+1]
		}
	}
	return ""
}

type counts struct {
	rows, commits, wal, redis float64
	tables                    map[string]float64
}

func (c *counts) read(t *testing.T, db *sql.DB, redis string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), `SELECT pg_stat_force_next_flush()`); err != nil {
		t.Fatal(err)
	}
	err := db.QueryRowContext(t.Context(), `
		SELECT tup_inserted + tup_updated + tup_deleted, xact_commit, pg_current_wal_lsn() - '0/0' FROM pg_stat_database WHERE datname = current_database()`).
		Scan(&c.rows, &c.commits, &c.wal)
	if err != nil {
		t.Fatal(err)
	}
	c.tables = map[string]float64{}
	for _, name := range footprintTables {
		var n float64
		if err := db.QueryRowContext(t.Context(), `SELECT pg_total_relation_size($1::regclass)`, name).Scan(&n); err != nil {
			t.Fatal(err)
		}
		c.tables[name] = n
	}
	u, err := url.Parse(redis)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "INFO stats\r\nQUIT\r\n"); err != nil {
		t.Fatal(err)
	}
	for s := bufio.NewScanner(conn); s.Scan(); {
		if v, ok := strings.CutPrefix(s.Text(), "total_commands_processed:"); ok {
			c.redis, _ = strconv.ParseFloat(v, 64)
		}
	}
}
