package main

import (
	"context"
	"time"

	"shopkeeper/retrieval"
	"shopkeeper/shop"
)

// built is a search that waits for its index: what is not built yet is not "nothing found".
type built struct {
	*retrieval.Searcher
	ready <-chan struct{}
}

func (b built) Search(ctx context.Context, q retrieval.Query) (retrieval.Answer, error) {
	if err := b.wait(ctx); err != nil {
		return retrieval.Answer{}, err
	}
	return b.Searcher.Search(ctx, q)
}

func (b built) Passages(ctx context.Context, q retrieval.Query) ([]shop.Passage, error) {
	if err := b.wait(ctx); err != nil {
		return nil, err
	}
	return b.Searcher.Passages(ctx, q)
}

func (b built) wait(ctx context.Context) error {
	select {
	case <-b.ready:
		return nil
	default:
	}
	late := time.NewTimer(5 * time.Second)
	defer late.Stop()
	select {
	case <-b.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-late.C:
		return &shop.Error{Kind: shop.Unavailable, Msg: "The search is still starting; please try again in a moment.", Retry: 5 * time.Second}
	}
}
