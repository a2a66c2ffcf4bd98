package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"shopkeeper/gateway/store"
	"shopkeeper/retrieval/ingest"
	"shopkeeper/shop"
	"shopkeeper/shop/feed"
)

// ImportCmd brings a shop's data in. A serve that runs beside it sees the change within two seconds.
type ImportCmd struct {
	Files
	Tenant    string `help:"Tenant." required:""`
	Feed      string `help:"Catalogue feed, .gz or not." type:"path" placeholder:"F"`
	Format    string `help:"auto, jsonl, csv, google-xml or acp." default:"auto" enum:"auto,jsonl,csv,google-xml,acp"`
	Map       string `help:"Column map of a CSV feed: lines \"field = column\"." type:"path" placeholder:"F"`
	Full      bool   `help:"The feed is the whole catalogue: products that it lacks are removed."`
	DryRun    bool   `help:"Read and check; change nothing."`
	Documents string `help:"Folder of policies and FAQs: Markdown, HTML, CSV, text." type:"path" placeholder:"DIR"`
	Offers    string `help:"Offers, as a JSON list." type:"path" placeholder:"F"`
	Customers string `help:"Customers, one JSON object a line as in PUT /api/orders, .gz or not." type:"path" placeholder:"F"`
	Orders    string `help:"Orders, one JSON object a line as in PUT /api/orders, .gz or not." type:"path" placeholder:"F"`
	JSON      bool   `help:"Print the result as JSON."`
}

// imported is what the command prints.
type imported struct {
	Products  int     `json:"products"` // rows that are products
	Changed   int     `json:"changed"`
	Removed   int     `json:"removed"`
	Rejected  int     `json:"rejected"`
	Rejects   string  `json:"rejects,omitempty"` // the file that names them
	Resumed   int     `json:"resumed,omitempty"` // products that an earlier, killed import had brought
	Documents int     `json:"documents"`
	Passages  int     `json:"passages"`
	Offers    int     `json:"offers"`
	Customers int     `json:"customers"`
	Orders    int     `json:"orders"`
	Seconds   float64 `json:"seconds"`
}

func (c *ImportCmd) Run(e *env) error {
	if c.Feed == "" && c.Documents == "" && c.Offers == "" && c.Customers == "" && c.Orders == "" {
		return misuse("nothing to import: name --feed F, --documents DIR, --offers F, --customers F or --orders F")
	}
	if c.Full && c.Feed == "" {
		return misuse("--full goes with --feed F")
	}
	st, err := c.openStore(e.ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	t, err := tenant(e.ctx, st, c.Tenant)
	if err != nil {
		return err
	}
	began := time.Now()
	var out imported
	if c.Offers != "" {
		if out.Offers, err = importOffers(e.ctx, st, t.ID, c.Offers, c.DryRun); err != nil {
			return err
		}
	}
	if c.Documents != "" {
		if out.Documents, out.Passages, err = c.documents(e, st, t); err != nil {
			return err
		}
	}
	var files []brought
	if c.Customers != "" {
		b, err := c.customers(e, st, t)
		if err != nil {
			return err
		}
		out.Customers, files = b.good, append(files, b)
	}
	if c.Orders != "" {
		b, err := c.orders(e, st, t)
		if err != nil {
			return err
		}
		out.Orders, files = b.good, append(files, b)
	}
	if c.Feed != "" {
		if err := c.products(e, st, t, &out); err != nil {
			return err
		}
		files = append(files, brought{file: c.Feed, rejects: out.Rejects, rejected: out.Rejected})
	}
	var bad, named []string
	out.Rejected = 0
	for _, b := range files {
		if b.rejected > 0 {
			out.Rejected += b.rejected
			named = append(named, b.rejects)
			bad = append(bad, fmt.Sprintf("%d rows of %s were rejected: %s says why", b.rejected, b.file, b.rejects))
		}
	}
	out.Rejects = strings.Join(named, ", ")
	out.Seconds = time.Since(began).Round(time.Millisecond).Seconds()
	if c.JSON {
		err = printJSON(e.stdout, out)
	} else {
		_, err = fmt.Fprintln(e.stdout, c.sentence(out))
	}
	if err == nil && len(bad) > 0 {
		err = errors.New(strings.Join(bad, "; "))
	}
	return err
}

func (c *ImportCmd) sentence(o imported) string {
	s := "imported:"
	if c.DryRun {
		s = "checked, nothing changed:"
	}
	if c.Feed != "" {
		s += fmt.Sprintf(" %d products (%d changed, %d removed, %d rejected)", o.Products, o.Changed, o.Removed, o.Rejected)
		if o.Resumed > 0 {
			s += fmt.Sprintf(", %d of them by an earlier run", o.Resumed)
		}
	}
	if c.Documents != "" {
		s += fmt.Sprintf(" %d documents (%d passages)", o.Documents, o.Passages)
	}
	if c.Offers != "" {
		s += fmt.Sprintf(" %d offers", o.Offers)
	}
	if c.Customers != "" {
		s += fmt.Sprintf(" %d customers", o.Customers)
	}
	if c.Orders != "" {
		s += fmt.Sprintf(" %d orders", o.Orders)
	}
	if c.Customers+c.Orders != "" && c.Feed == "" && o.Rejected > 0 {
		s += fmt.Sprintf(" (%d rejected)", o.Rejected)
	}
	return s + fmt.Sprintf(" in %.1f s", o.Seconds)
}

func (c *ImportCmd) products(e *env, st *store.Store, t shop.Tenant, out *imported) error {
	o := ingest.ImportOptions{
		Tenant: t.ID, Currency: t.Currency, Lang: t.Lang, Path: c.Feed, Format: c.Format, Full: c.Full, DryRun: c.DryRun,
	}
	if c.Map != "" {
		f, err := os.Open(c.Map)
		if err != nil {
			return fmt.Errorf("open column map: %w", err)
		}
		defer f.Close()
		if o.Columns, err = feed.ReadMap(f); err != nil {
			return fmt.Errorf("column map %s: %w", c.Map, err)
		}
	}
	bar := newProgress(e.stderr, c.JSON)
	o.Progress = bar.set
	rejects := &rejectFile{path: c.Feed + ".rejects.jsonl"}
	o.Reject = rejects.write
	r, err := ingest.Import(e.ctx, st, o)
	bar.done()
	if err = errors.Join(err, rejects.close()); err != nil {
		return fmt.Errorf("import %s: %w", c.Feed, err)
	}
	out.Products, out.Changed, out.Removed, out.Rejected, out.Resumed = r.Products, r.Changed, r.Removed, r.Rejected, r.Resumed
	if r.Rejected > 0 {
		out.Rejects = rejects.path
	}
	return nil
}

func (c *ImportCmd) documents(e *env, st *store.Store, t shop.Tenant) (documents, passages int, err error) {
	info, err := os.Stat(c.Documents)
	if err != nil {
		return 0, 0, fmt.Errorf("open documents: %w", err)
	}
	if !info.IsDir() {
		return 0, 0, misuse("--documents %s is a file: name the folder it is in", c.Documents)
	}
	var to ingest.Documents = st
	if c.DryRun {
		to = nowhere{}
	}
	documents, passages, skipped, err := ingest.LoadDocuments(e.ctx, to, t.ID, os.DirFS(c.Documents))
	for _, s := range skipped {
		fmt.Fprintf(e.stderr, "left alone: %s (documents are .md, .html, .csv or .txt)\n", filepath.Join(c.Documents, s))
	}
	return documents, passages, err
}

// nowhere takes the documents of a dry run.
type nowhere struct{}

func (nowhere) PutDocument(context.Context, shop.Document) error { return nil }

func importOffers(ctx context.Context, st *store.Store, tenant, file string, dry bool) (int, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("open offers: %w", err)
	}
	var offers []shop.Offer
	if err := json.Unmarshal(raw, &offers); err != nil {
		return 0, fmt.Errorf("offers %s: not a JSON list of offers: %w", file, err)
	}
	for i, o := range offers {
		if err := o.Check(); err != nil {
			return 0, fmt.Errorf("offers %s: offer %d (%s): %w", file, i+1, o.ID, err)
		}
	}
	if dry {
		return len(offers), nil
	}
	return len(offers), st.PutOffers(ctx, tenant, offers)
}

// rejectFile is made when there is something to say, and taken away when there no longer is.
type rejectFile struct {
	path string
	f    *os.File
	w    *bufio.Writer
}

func (r *rejectFile) write(rej feed.Reject) error {
	if r.f == nil {
		f, err := os.Create(r.path)
		if err != nil {
			return fmt.Errorf("write rejects: %w", err)
		}
		r.f, r.w = f, bufio.NewWriter(f)
	}
	line, err := json.Marshal(rej)
	if err != nil {
		return err
	}
	_, err = r.w.Write(append(line, '\n'))
	return err
}

func (r *rejectFile) close() error {
	if r.f == nil {
		if err := os.Remove(r.path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove the rejects of an earlier run: %w", err)
		}
		return nil
	}
	return errors.Join(r.w.Flush(), r.f.Close())
}

// progress is a bar on a terminal, a line every ten seconds elsewhere.
type progress struct {
	w     io.Writer
	bar   *progressbar.ProgressBar
	quiet bool
	began time.Time
	told  time.Time
}

func newProgress(w io.Writer, quiet bool) *progress {
	p := &progress{w: w, quiet: quiet, began: time.Now(), told: time.Now()}
	if f, ok := w.(*os.File); ok && !quiet {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.bar = progressbar.NewOptions64(-1, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("import"),
				progressbar.OptionShowBytes(true), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond),
				progressbar.OptionClearOnFinish())
		}
	}
	return p
}

// set says how far the feed is read, in bytes of the file, and how many rows that was.
func (p *progress) set(done, total int64, rows int) {
	switch {
	case p.quiet:
	case p.bar != nil:
		p.bar.ChangeMax64(total)
		p.bar.Describe(fmt.Sprintf("import %d rows", rows))
		_ = p.bar.Set64(done) // a bar that cannot be drawn is no reason to stop
	case time.Since(p.told) >= 10*time.Second:
		p.told = time.Now()
		took := time.Since(p.began)
		left := "unknown"
		if done > 0 && total > 0 {
			left = time.Duration(float64(took) * float64(total-done) / float64(done)).Round(time.Second).String()
		}
		fmt.Fprintf(p.w, "import: %d rows, %.0f rows/s, %s left\n", rows, float64(rows)/took.Seconds(), left)
	}
}

func (p *progress) done() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
