package eval

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/local"
	"shopkeeper/shop"
	"shopkeeper/shop/feed"
)

// SearchOptions of Search. Products, Queries and Qrels are paths; products are the jsonl feed format, gzip or not.
type SearchOptions struct {
	Products, Queries, Qrels string

	Index    retrieval.Index    // nil: the embedded one
	Lexicon  retrieval.Lexicon  // nil: the index itself when it is one, else the words of the products beside it
	Embedder retrieval.Embedder // nil: lexical only
	Currency string             // "": USD

	Typos uint64    // a seed: each query gets one wrong letter in one word (Typo); 0 = as written
	Run   io.Writer // TREC lines, 100 a query; nil: none
}

// SearchReport is what the suite measured. Times are of one search in process, one after another.
type SearchReport struct {
	Queries   int     `json:"queries"`
	NDCG10    float64 `json:"ndcg10"`
	Condensed float64 `json:"ndcg10_condensed"`
	MRR10     float64 `json:"mrr10"`
	Recall100 float64 `json:"recall100"`
	Empty     int     `json:"empty"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`

	Products int           `json:"-"`
	Built    time.Duration `json:"-"` // analysing and indexing all products, reading and embedding apart
	Each     []SearchScore `json:"-"` // by query, in the file's order
}

// SearchScore is one query's.
type SearchScore struct {
	ID, Text, Asked string // Asked: with its typo
	NDCG10          float64
	Recall100       float64
}

// judgedTenant owns the products of a run.
const judgedTenant = "eval"

// ranks is how deep a run goes.
const ranks = 100

// Search measures retrieval.Searcher on judged queries: the very search of the chat, only with a longer list.
func Search(ctx context.Context, o SearchOptions) (SearchReport, error) {
	queries, err := readQueries(o.Queries)
	if err != nil {
		return SearchReport{}, err
	}
	grades, err := readGrades(o.Qrels)
	if err != nil {
		return SearchReport{}, err
	}
	products, err := readProducts(o)
	if err != nil {
		return SearchReport{}, err
	}
	s, built, err := searcher(ctx, o, products)
	if err != nil {
		return SearchReport{}, err
	}
	out := SearchReport{Products: len(products), Built: built}
	var times []float64
	for i, q := range queries {
		g := grades[q.id]
		if len(g) == 0 {
			continue
		}
		asked := q.text
		if o.Typos != 0 {
			asked = Typo(asked, o.Typos+uint64(i))
		}
		ids, took, err := ask(ctx, s, asked)
		if err != nil {
			return SearchReport{}, fmt.Errorf("search %s: %w", q.id, err)
		}
		times = append(times, took)
		if err := writeRun(o.Run, q.id, ids); err != nil {
			return SearchReport{}, err
		}
		score := SearchScore{ID: q.id, Text: q.text, Asked: asked, NDCG10: NDCG(ids, g, 10), Recall100: Recall(ids, g, ranks)}
		out.Each = append(out.Each, score)
		out.Queries++
		out.NDCG10 += score.NDCG10
		out.Recall100 += score.Recall100
		out.Condensed += NDCG(Condensed(ids, g), g, 10)
		out.MRR10 += MRR(ids, g, 10)
		if len(ids) == 0 {
			out.Empty++
		}
	}
	if out.Queries == 0 {
		return out, fmt.Errorf("evaluate search: no query of %s is judged in %s", o.Queries, o.Qrels)
	}
	for _, sum := range []*float64{&out.NDCG10, &out.Recall100, &out.Condensed, &out.MRR10} {
		*sum /= float64(out.Queries)
	}
	slices.Sort(times)
	out.P50, out.P99 = quantile(times, 0.50), quantile(times, 0.99)
	return out, nil
}

// repeats: a query's time is the median of this many, the first one left out: it pays for memory that later ones have.
const repeats = 5

func ask(ctx context.Context, s *retrieval.Searcher, query string) (ids []string, ms float64, err error) {
	var times []float64
	for range repeats + 1 {
		start := time.Now()
		a, err := s.Search(ctx, retrieval.Query{Tenant: judgedTenant, Text: query, Limit: ranks})
		times = append(times, float64(time.Since(start).Microseconds())/1000)
		if err != nil {
			return nil, 0, err
		}
		ids = ids[:0]
		for _, p := range a.Products {
			ids = append(ids, p.ID)
		}
	}
	times = times[1:]
	slices.Sort(times)
	return ids, times[len(times)/2], nil
}

func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func writeRun(w io.Writer, query string, ids []string) error {
	if w == nil {
		return nil
	}
	for i, id := range ids[:min(len(ids), ranks)] {
		if _, err := fmt.Fprintf(w, "%s Q0 %s %d %d shopkeeper\n", query, id, i+1, ranks-i); err != nil {
			return fmt.Errorf("write run: %w", err)
		}
	}
	return nil
}

// searcher builds the index and the search over it.
func searcher(ctx context.Context, o SearchOptions, products []shop.Product) (*retrieval.Searcher, time.Duration, error) {
	currency := o.Currency
	if currency == "" {
		currency = "USD"
	}
	index, lexicon := o.Index, o.Lexicon
	if index == nil {
		index = local.New(local.Options{})
	}
	if lexicon == nil {
		if own, ok := index.(retrieval.Lexicon); ok {
			lexicon = own
		} else {
			words := local.New(local.Options{WordsOnly: true})
			if err := words.Rebuild(ctx, judgedTenant, docs(products, nil, currency)); err != nil {
				return nil, 0, err
			}
			lexicon = words
		}
	}
	vectors, err := embedded(ctx, o.Embedder, products)
	if err != nil {
		return nil, 0, err
	}
	start := time.Now()
	if err := fill(ctx, index, docs(products, vectors, currency)); err != nil {
		return nil, 0, fmt.Errorf("build index: %w", err)
	}
	return &retrieval.Searcher{
		Index: index, Lexicon: lexicon, Embedder: o.Embedder, Products: shelf(products),
		Currency: func(string) string { return currency },
	}, time.Since(start), nil
}

func fill(ctx context.Context, x retrieval.Index, all iter.Seq2[retrieval.Doc, error]) error {
	if r, ok := x.(retrieval.Rebuilder); ok {
		return r.Rebuild(ctx, judgedTenant, all)
	}
	var batch []retrieval.Doc
	for d := range all {
		if batch = append(batch, d); len(batch) == 500 {
			if err := x.Upsert(ctx, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return x.Upsert(ctx, batch)
}

func docs(products []shop.Product, vectors [][]float32, currency string) iter.Seq2[retrieval.Doc, error] {
	return func(yield func(retrieval.Doc, error) bool) {
		for i, p := range products {
			d := retrieval.ProductDoc(p, currency)
			if vectors != nil {
				d.Vector = vectors[i]
			}
			if !yield(d, nil) {
				return
			}
		}
	}
}

// embedBatch is how many texts are embedded in one request.
const embedBatch = 64

func embedded(ctx context.Context, e retrieval.Embedder, products []shop.Product) ([][]float32, error) {
	if e == nil {
		return nil, nil
	}
	var out [][]float32
	for batch := range slices.Chunk(products, embedBatch) {
		texts := make([]string, len(batch))
		for i, p := range batch {
			texts[i] = retrieval.ProductText(p)
		}
		vs, err := e.EmbedDocuments(ctx, texts)
		if err != nil {
			return nil, err
		}
		out = append(out, vs...)
	}
	return out, nil
}

// memoryShelf keeps the products of a run.
type memoryShelf map[string]shop.Product

func shelf(products []shop.Product) memoryShelf {
	out := make(memoryShelf, len(products))
	for _, p := range products {
		out[p.ID] = p
	}
	return out
}

// Products implements retrieval.Products.
func (m memoryShelf) Products(_ context.Context, _ string, ids []string) ([]shop.Product, error) {
	out := make([]shop.Product, 0, len(ids))
	for _, id := range ids {
		if p, ok := m[id]; ok {
			out = append(out, p)
		}
	}
	return out, nil
}

func readProducts(o SearchOptions) ([]shop.Product, error) {
	f, err := os.Open(o.Products)
	if err != nil {
		return nil, fmt.Errorf("read products: %w", err)
	}
	defer f.Close()
	currency := o.Currency
	if currency == "" {
		currency = "USD"
	}
	var out []shop.Product
	for row, err := range feed.Read(f, feed.JSONL, feed.Options{Currency: currency, Name: filepath.Base(o.Products)}) {
		if err != nil {
			return nil, fmt.Errorf("read products %s: %w", o.Products, err)
		}
		if row.Reject != nil {
			return nil, fmt.Errorf("read products %s: line %d: %s %s", o.Products, row.Line, row.Reject.Field, row.Reject.Reason)
		}
		row.Product.Tenant = judgedTenant
		out = append(out, row.Product)
	}
	return out, nil
}

type query struct{ id, text string }

// readQueries reads "id<tab>text" lines.
func readQueries(path string) (out []query, err error) {
	err = eachLine(path, func(n int, line string) error {
		id, text, ok := strings.Cut(line, "\t")
		if !ok || strings.TrimSpace(id) == "" {
			return fmt.Errorf("line %d is not id<tab>text", n)
		}
		out = append(out, query{id, text})
		return nil
	})
	return out, err
}

// readGrades reads TREC judgments: query id, ignored, document id, grade, separated by white space.
func readGrades(path string) (map[string]map[string]int, error) {
	out := map[string]map[string]int{}
	err := eachLine(path, func(n int, line string) error {
		f := strings.Split(line, "\t")
		if len(f) != 4 {
			f = strings.Fields(line)
		}
		if len(f) != 4 {
			return fmt.Errorf("line %d does not have four columns", n)
		}
		grade, err := strconv.Atoi(f[3])
		if err != nil {
			return fmt.Errorf("line %d: grade %q is no number", n, f[3])
		}
		if out[f[0]] == nil {
			out[f[0]] = map[string]int{}
		}
		out[f[0]][f[2]] = grade
		return nil
	})
	return out, err
}

func eachLine(path string, take func(n int, line string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSuffix(sc.Text(), "\r")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if err := take(n, line); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}
