package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"shopkeeper/gateway/api"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
	"shopkeeper/shop/feed"
)

const (
	recordBatch = 500     // records stored at once
	recordLine  = 1 << 20 // bytes of a record, at most
)

// brought is what one file of records came to.
type brought struct {
	file, rejects  string
	good, rejected int
}

func (c *ImportCmd) customers(e *env, st *store.Store, t shop.Tenant) (brought, error) {
	return importRecords(e.ctx, c.Customers, c.DryRun,
		func(line []byte) (shop.Person, *feed.Reject) { return rejectOf(api.ReadCustomer(line, t.Currency)) },
		func(p shop.Person) string { return p.ID },
		func(ps []shop.Person) error { return st.PutPeople(e.ctx, t.ID, ps) })
}

func (c *ImportCmd) orders(e *env, st *store.Store, t shop.Tenant) (brought, error) {
	return importRecords(e.ctx, c.Orders, c.DryRun,
		func(line []byte) (shop.Order, *feed.Reject) { return rejectOf(api.ReadOrder(line, t.Currency)) },
		func(o shop.Order) string { return o.ID },
		func(os []shop.Order) error { return st.PutOrders(e.ctx, t.ID, os) })
}

// rejectOf makes a reject of what is wrong with a record.
func rejectOf[T any](v T, err error) (T, *feed.Reject) {
	var bad *shop.Error
	switch {
	case err == nil:
		return v, nil
	case errors.As(err, &bad):
		return v, &feed.Reject{Field: bad.Field, Reason: bad.Msg}
	}
	return v, &feed.Reject{Reason: err.Error()}
}

// importRecords stores the records of a file, one JSON object a line, batch by batch. A record over one with the same id is as if the file
// had been imported up to there before: an import that was killed is run again.
func importRecords[T any](ctx context.Context, path string, dry bool, read func(line []byte) (T, *feed.Reject), id func(T) string, put func([]T) error) (out brought, err error) {
	out.file, out.rejects = path, path+".rejects.jsonl"
	f, err := os.Open(path)
	if err != nil {
		return out, fmt.Errorf("open records: %w", err)
	}
	defer f.Close()
	rejects := &rejectFile{path: out.rejects}
	defer func() {
		if err = errors.Join(err, rejects.close()); err != nil {
			err = fmt.Errorf("import %s: %w", path, err)
		}
	}()
	var batch []T
	in := map[string]bool{}
	store := func() error {
		if len(batch) > 0 && !dry {
			if err := put(batch); err != nil {
				return err
			}
		}
		out.good += len(batch)
		batch = batch[:0]
		clear(in)
		return nil
	}
	err = eachLine(f, func(number int64, line []byte, long bool) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		bad := &feed.Reject{Reason: "The line is longer than 1 MB."}
		var v T
		if !long {
			v, bad = read(line)
		}
		if bad != nil {
			bad.Line = number
			out.rejected++
			return rejects.write(*bad)
		}
		if len(batch) == recordBatch || in[id(v)] {
			if err := store(); err != nil {
				return err
			}
		}
		in[id(v)] = true
		batch = append(batch, v)
		return nil
	})
	if err != nil {
		return out, err
	}
	return out, store()
}

// eachLine calls fn for every line that is not empty; gzip is undone. A line that is too long comes without its text.
func eachLine(r io.Reader, fn func(number int64, line []byte, long bool) error) error {
	in := bufio.NewReaderSize(r, recordLine)
	if head, _ := in.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return fmt.Errorf("open gzip: %w", err)
		}
		in = bufio.NewReaderSize(z, recordLine)
	}
	for number := int64(1); ; number++ {
		line, err := in.ReadSlice('\n')
		long := errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = in.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read line %d: %w", number, err)
		}
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if line = bytes.TrimSpace(line); long || len(line) > 0 {
			if err := fn(number, line, long); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
	}
}
