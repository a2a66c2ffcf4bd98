package retrieval

import (
	"context"
	"errors"
)

// ErrDimension: a vector does not fit the others. The mend is `shopkeeper reindex`.
var ErrDimension = errors.New("vectors of another dimension: the embedding model changed, run `shopkeeper reindex`")

// ErrFilter: a filter that no document could be asked.
var ErrFilter = errors.New("not a filter")

// Suggestion is a word of the catalogue near a misspelt one.
type Suggestion struct {
	Word  string
	Edits int // letters dropped, put in, changed, or swapped with a neighbour
	Docs  int // documents that it names something in: title, brand, model, category
}

// Suggester is a Lexicon that offers several words: the Searcher takes the one that goes best with the rest of the query.
type Suggester interface {
	Suggest(ctx context.Context, tenant, word string, limit int) ([]Suggestion, error)
}
