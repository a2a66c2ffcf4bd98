package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"shopkeeper/shop"
	"shopkeeper/shop/feed"
)

// A batch is what is staged in one transaction, and what a kill can cost.
const (
	batchRows  = 500
	batchBytes = 4 << 20 // of the uncompressed feed
)

// ImportOptions of one import. Tenant and Path are required.
type ImportOptions struct {
	Tenant   string
	Path     string            // of the feed; gzip is undone when the bytes say so
	Format   string            // feed.Auto when empty
	Columns  map[string]string // CSV: our field → the file's column
	Currency string            // the tenant's
	Lang     string            // of texts that do not name theirs
	Full     bool              // products that the feed lacks are removed
	DryRun   bool              // read and check; store nothing
	Now      func() time.Time  // nil: the clock

	// Progress hears how far the file is read, in bytes as it lies on the disk, and how many rows that was. Called in the
	// goroutine of Import, after every batch.
	Progress func(done, total int64, rows int)
	// Reject hears of every row that is no product, those that an earlier, killed run met included, by line. It is called
	// before the products become visible: when it fails nothing has changed.
	Reject func(feed.Reject) error
}

// Report of an import.
type Report struct {
	Products int // of the feed, each id once; a dry run counts the rows
	Rejected int // rows that are no products
	Changed  int // products that are not what they were
	Removed  int
	Resumed  int // products that an earlier, killed run had staged already
}

// ErrUnderWay: another process is importing the same file.
var ErrUnderWay = errors.New("another import of this file is under way: wait for it to end")

// Import reads a feed into the tenant's catalogue. Rows are staged batch by batch and become visible in one step at the end, so that
// a broken file changes nothing; memory is bounded by two batches. The import's id is made of the file's path, size, time, both
// ends and the options that shape a row: the same call after a kill goes on where the last batch ended, and on a file that was
// imported already it changes nothing.
//
// Full refuses a feed without a single good row. A product whose row is rejected counts as lacking.
func Import(ctx context.Context, to Stage, o ImportOptions) (Report, error) {
	f, err := os.Open(o.Path)
	if err != nil {
		return Report{}, fmt.Errorf("open feed: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Report{}, fmt.Errorf("open feed: %w", err)
	}
	if !info.Mode().IsRegular() {
		return Report{}, fmt.Errorf("open feed: %s is not a file", o.Path)
	}
	im := &importing{to: to, o: o, file: f, size: info.Size(), time: info.ModTime()}
	if o.DryRun {
		return im.check(ctx)
	}
	if !lock(f) { // released with the file, also by a kill
		return Report{}, ErrUnderWay
	}
	if im.id, err = im.identity(); err != nil {
		return Report{}, fmt.Errorf("read feed: %w", err)
	}
	return im.run(ctx)
}

// importing is one run of Import.
type importing struct {
	to   Stage
	o    ImportOptions
	file *os.File
	size int64
	time time.Time
	id   string
	read atomic.Int64 // bytes of the file
	rows int
	bad  int
	good int
}

// identity names the import by what decides its rows. It leaves the file at its start.
func (im *importing) identity() (string, error) {
	path, err := filepath.Abs(im.o.Path)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintf(h, "1\n%s\n%d\n%d\n%s\n%s\n%s\n", path, im.size, im.time.UnixNano(), im.o.Format, im.o.Currency, im.o.Lang)
	for _, field := range slices.Sorted(maps.Keys(im.o.Columns)) {
		fmt.Fprintf(h, "%s=%s\n", field, im.o.Columns[field])
	}
	const end = 64 << 10
	for _, at := range []int64{0, max(0, im.size-end)} {
		if _, err := io.Copy(h, io.NewSectionReader(im.file, at, end)); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// batch is some rows of the feed and where it goes on behind them.
type batch struct {
	products []shop.Product
	rejects  []feed.Reject
	offset   int64
	err      error
}

// batches reads the feed in a goroutine of its own, one batch ahead of the store. It ends with a batch that has an error, or a last
// one without; stop ends it early and waits.
func (im *importing) batches(ctx context.Context, skip int64) (out <-chan batch, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ch, done := make(chan batch), make(chan struct{})
	send := func(b batch) bool {
		select {
		case ch <- b:
			return true
		case <-ctx.Done():
			return false
		}
	}
	go func() {
		defer close(done)
		defer close(ch)
		b := batch{offset: skip}
		from := skip
		opt := feed.Options{Currency: im.o.Currency, Lang: im.o.Lang, Columns: im.o.Columns, Skip: skip, Name: im.o.Path, Now: im.o.Now}
		for row, err := range feed.Read(counted{im.file, &im.read}, im.o.Format, opt) {
			if err != nil {
				send(batch{err: err})
				return
			}
			if row.Reject != nil {
				b.rejects = append(b.rejects, *row.Reject)
			} else {
				b.products = append(b.products, row.Product)
			}
			b.offset = row.Offset
			if len(b.products)+len(b.rejects) >= batchRows || b.offset-from >= batchBytes {
				if !send(b) {
					return
				}
				from = b.offset
				b = batch{offset: from}
			}
		}
		send(b)
	}()
	return ch, func() { cancel(); <-done }
}

type counted struct {
	io.Reader
	n *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

func (im *importing) run(ctx context.Context) (Report, error) {
	offset, resumed, err := im.to.StagedTo(ctx, im.o.Tenant, im.id)
	if err != nil {
		return Report{}, fmt.Errorf("resume import: %w", err)
	}
	im.rows = resumed
	err = im.each(ctx, offset, func(b batch) error {
		// Rejects first: a kill in between brings the batch again, and the same reject twice is one.
		if len(b.rejects) > 0 {
			if err := im.to.StageRejects(ctx, im.o.Tenant, im.id, b.rejects); err != nil {
				return err
			}
		}
		return im.to.StageProducts(ctx, im.o.Tenant, im.id, b.offset, b.products)
	})
	if err != nil {
		return Report{}, err
	}
	if info, err := os.Stat(im.o.Path); err != nil || info.Size() != im.size || !info.ModTime().Equal(im.time) {
		return Report{}, errors.New("the file changed while it was read: nothing was imported, run it again")
	}
	r := Report{Resumed: resumed}
	if _, r.Products, err = im.to.StagedTo(ctx, im.o.Tenant, im.id); err != nil {
		return Report{}, err
	}
	for rej, err := range im.to.StagedRejects(ctx, im.o.Tenant, im.id) {
		if err != nil {
			return Report{}, err
		}
		r.Rejected++
		if im.o.Reject != nil {
			if err := im.o.Reject(rej); err != nil {
				return Report{}, err
			}
		}
	}
	if im.o.Full && r.Products == 0 {
		return r, fmt.Errorf("none of its %d rows is a product: with --full it would empty the catalogue, so nothing was changed", r.Rejected)
	}
	if r.Changed, r.Removed, err = im.to.ApplyStaged(ctx, im.o.Tenant, im.id, im.o.Full); err != nil {
		return Report{}, err
	}
	return r, nil
}

// check is the dry run.
func (im *importing) check(ctx context.Context) (Report, error) {
	err := im.each(ctx, 0, func(b batch) error {
		if im.o.Reject == nil {
			return nil
		}
		for _, r := range b.rejects {
			if err := im.o.Reject(r); err != nil {
				return err
			}
		}
		return nil
	})
	return Report{Products: im.good, Rejected: im.bad}, err
}

// each hands over the batches of the feed from an offset on.
func (im *importing) each(ctx context.Context, from int64, take func(batch) error) error {
	in, stop := im.batches(ctx, from)
	defer stop()
	for b := range in {
		if b.err != nil {
			return b.err
		}
		if err := take(b); err != nil {
			return err
		}
		im.rows += len(b.products) + len(b.rejects)
		im.good, im.bad = im.good+len(b.products), im.bad+len(b.rejects)
		if im.o.Progress != nil {
			im.o.Progress(im.read.Load(), im.size, im.rows)
		}
	}
	return ctx.Err()
}
