// Package local is the embedded index: postings, filters, facets and an exact vector scan in memory.
package local

import (
	"context"
	"errors"
	"iter"

	"shopkeeper/retrieval"
)

// Options of an index; the zero value works.
type Options struct {
	// WordsOnly keeps the words and tag values of documents and nothing else: the Lexicon beside an index of another kind.
	WordsOnly bool
}

// Index is a retrieval.Index, Rebuilder, Lexicon and Suggester. Readers never wait for writers.
type Index struct{ opt Options }

// New makes an empty index.
func New(o Options) *Index { return &Index{opt: o} }

var errTodo = errors.New("not built yet")

func (x *Index) Upsert(ctx context.Context, docs []retrieval.Doc) error { return errTodo }
func (x *Index) Delete(ctx context.Context, tenant, kind string, ids []string) error { return errTodo }

func (x *Index) Search(ctx context.Context, q retrieval.Query) (retrieval.Found, error) {
	return retrieval.Found{}, errTodo
}

func (x *Index) Rebuild(ctx context.Context, tenant string, docs iter.Seq2[retrieval.Doc, error]) error {
	return errTodo
}

func (x *Index) Near(ctx context.Context, tenant, word string) (best string, known bool, err error) {
	return "", false, errTodo
}

func (x *Index) Values(ctx context.Context, tenant, field string) (map[string]int, error) {
	return nil, errTodo
}
