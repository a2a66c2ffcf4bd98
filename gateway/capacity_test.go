package main

import (
	"database/sql"
	"flag"
	"fmt"
	"math"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of capacity in docs/deploy.md anew from its inputs")

// The tables of capacity are worked out from the inputs above them on the page, by the formulas that stand in their heads and here.
func TestDocsCapacity(t *testing.T) {
	const file, from, to = "../docs/deploy.md", "<!-- capacity, by -update -->\n", "<!-- /capacity -->"
	page := pages(t)[file]
	in := inputs{t: t, values: map[string]float64{}}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| ([0-9.,]+) \\|").FindAllStringSubmatch(page, -1) {
		v, err := strconv.ParseFloat(strings.ReplaceAll(m[2], ",", ""), 64)
		if err != nil {
			t.Fatal(err)
		}
		in.values[m[1]] = v
	}
	before, rest, ok := strings.Cut(page, from)
	said, after, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatal("the page has no place for the tables")
	}
	want := in.shoppers() + in.raw() + in.products()
	if said == want {
		return
	}
	if !*update {
		t.Fatalf("the tables are not what the inputs give: go test ./gateway -run TestDocsCapacity -update\n%s", want)
	}
	if err := os.WriteFile(file, []byte(before+from+want+to+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

type inputs struct {
	t      *testing.T
	values map[string]float64
}

func (in inputs) get(name string) float64 {
	v, ok := in.values[name]
	if !ok {
		in.t.Fatalf("the page has no input %s", name)
	}
	return v
}

// table has a row for each quantity and a column for each size; the last column is the formula.
func (in inputs) table(head string, sizes []float64, rows []quantity) string {
	var b strings.Builder
	b.WriteString("\n| " + head)
	for _, s := range sizes {
		b.WriteString(" | " + grouped(s))
	}
	b.WriteString(" | worked out as |\n|---|" + strings.Repeat("---:|", len(sizes)) + "---|\n")
	for _, r := range rows {
		b.WriteString("| " + r.name)
		for _, s := range sizes {
			b.WriteString(" | " + grouped(r.of(s)))
		}
		b.WriteString(" | " + r.formula + " |\n")
	}
	return b.String()
}

type quantity struct {
	name, formula string
	of            func(size float64) float64
}

func (in inputs) shoppers() string {
	day := func(n float64) float64 { return n * in.get("chatting") * in.get("turns") }
	peak := func(n float64) float64 { return day(n) * in.get("busiest") / 3600 * in.get("burst") }
	replicas := func(cpu string) func(float64) float64 {
		return func(n float64) float64 {
			return 1 + max(1, math.Ceil(peak(n)*in.get(cpu)/1000/(in.get("cores")*in.get("use"))))
		}
	}
	perTurn := func(name string) func(float64) float64 {
		return func(n float64) float64 { return peak(n) * in.get(name) }
	}
	gb := func(n float64) float64 { return day(n) * in.get("pg_bytes") / 1e9 }
	return in.table("shoppers a day", []float64{10_000, 100_000, 1_000_000, 10_000_000}, []quantity{
		{"turns a day", "shoppers × `chatting` × `turns`", day},
		{"turns a second, at the worst", "turns a day × `busiest` / 3600 × `burst`", peak},
		{"answers at once", "turns a second × `turn_time`", perTurn("turn_time")},
		{"replicas, answers by a model", "1 to spare + ⌈turns a second × `cpu_turn` / 1000 / (`cores` × `use`)⌉", replicas("cpu_turn")},
		{"replicas, all answers by the built-in model", "likewise with `cpu_rules`: the day on which every model is down", replicas("cpu_rules")},
		{"PostgreSQL: rows written a second", "turns a second × `pg_rows`", perTurn("pg_rows")},
		{"PostgreSQL: commits a second", "turns a second × `pg_commits`", perTurn("pg_commits")},
		{"PostgreSQL: write-ahead log, MB a second", "turns a second × `pg_wal` / 10⁶", func(n float64) float64 { return peak(n) * in.get("pg_wal") / 1e6 }},
		{"PostgreSQL: GB a day", "turns a day × `pg_bytes` / 10⁹", gb},
		{"PostgreSQL: GB in all", "GB a day × `keep_days`", func(n float64) float64 { return gb(n) * in.get("keep_days") }},
		{"PostgreSQL: GB of accounts a day, one partition", "turns a day × `pg_calls` / 10⁹", func(n float64) float64 { return day(n) * in.get("pg_calls") / 1e9 }},
		{"PostgreSQL: databases", "⌈max(commits / `pg_limit`, GB in all / `pg_disk`)⌉, tenants apart", func(n float64) float64 {
			return math.Ceil(max(peak(n)*in.get("pg_commits")/in.get("pg_limit"), gb(n)*in.get("keep_days")/in.get("pg_disk")))
		}},
		{"Redis: commands a second", "turns a second × `redis_turn` + replicas × `redis_beat`", func(n float64) float64 {
			return peak(n)*in.get("redis_turn") + replicas("cpu_rules")(n)*in.get("redis_beat")
		}},
		{"Redis: share of what one primary does, %", "commands / `redis_limit`", func(n float64) float64 {
			return 100 * (peak(n)*in.get("redis_turn") + replicas("cpu_rules")(n)*in.get("redis_beat")) / in.get("redis_limit")
		}},
		{"Redis: MB", "turns a second × (`turn_time` + 60 s) × `redis_bytes` / 10⁶", func(n float64) float64 {
			return peak(n) * (in.get("turn_time") + 60) * in.get("redis_bytes") / 1e6
		}},
	})
}

func (in inputs) raw() string {
	ms := func(tokens float64) float64 { return in.get("cpu_raw") + tokens*in.get("cpu_token") }
	return in.table("raw requests, tokens of an answer", []float64{0, 100, 300, 1000}, []quantity{
		{"CPU of a request, ms", "`cpu_raw` + tokens × `cpu_token`", ms},
		{"requests a second of a core", "1000 / CPU × `use`", func(n float64) float64 { return 1000 / ms(n) * in.get("use") }},
		{"requests a second of a replica", "× `cores`", func(n float64) float64 { return 1000 / ms(n) * in.get("use") * in.get("cores") }},
	})
}

func (in inputs) products() string {
	lexical := func(n float64) float64 { return n * (in.get("terms")*in.get("term_bytes") + in.get("payload")) / 1e9 }
	dense := func(n float64) float64 { return lexical(n) + n*in.get("dims")*4*in.get("graph")/1e9 }
	shards := func(gb func(float64) float64) func(float64) float64 {
		return func(n float64) float64 { return math.Ceil(gb(n) / (in.get("node_ram") * in.get("node_use"))) }
	}
	nodes := func(gb func(float64) float64) func(float64) float64 {
		return func(n float64) float64 { return shards(gb)(n) * in.get("copies") }
	}
	return in.table("products in Qdrant", []float64{1_000_000, 10_000_000, 100_000_000}, []quantity{
		{"RAM of a copy by words, GB", "products × (`terms` × `term_bytes` + `payload`) / 10⁹", lexical},
		{"shards", "⌈RAM / (`node_ram` × `node_use`)⌉", shards(lexical)},
		{"nodes", "shards × `copies`", nodes(lexical)},
		{"RAM of a copy by words and vectors, GB", "the same + products × `dims` × 4 × `graph` / 10⁹", dense},
		{"shards, with vectors", "⌈RAM / (`node_ram` × `node_use`)⌉", shards(dense)},
		{"nodes, with vectors", "shards × `copies`", nodes(dense)},
	})
}

// grouped is a number of at most three digits that count, or whole with its thousands apart.
func grouped(v float64) string {
	if v < 100 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// The partitions of the page are made of a table that has rows, and the program goes on with them: old rows are there, new ones come into
// their day, and a row that is written twice is there once.
func TestDocsPartitions(t *testing.T) {
	where, _ := twoServers(t)
	data, config := t.TempDir(), gatewayOf(t, priced(t), unlimited)
	calls := func() {
		t.Helper()
		p := serve(t, "--config", config, "--data", data, "--db", where)
		for range 3 {
			if code, raw := rawAsk(t, p.url); code != http.StatusOK {
				t.Fatal(code, raw)
			}
		}
		if err := p.end(t, syscall.SIGTERM); err != nil {
			t.Fatal(err, p.log)
		}
	}
	calls()
	db, err := sql.Open("pgx", where)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ran := 0
	for _, f := range fences(t, pages(t)["../docs/deploy.md"]) {
		if f.info == "sql" {
			if _, err := db.ExecContext(t.Context(), f.text); err != nil {
				t.Fatal(err)
			}
			ran++
		}
	}
	calls()
	var all, rest int
	if err := db.QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM calls), (SELECT count(*) FROM calls_rest)`).Scan(&all, &rest); err != nil {
		t.Fatal(err)
	}
	if ran != 1 || all != 6 || rest != 0 {
		t.Errorf("%d blocks of SQL; of 6 calls %d are there, %d of them in no day", ran, all, rest)
	}
}
