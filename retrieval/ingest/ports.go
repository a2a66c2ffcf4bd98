// Package ingest brings catalogues and documents in: stage → apply, follow into an index, split documents into passages.
package ingest

import (
	"context"
	"iter"

	"shopkeeper/shop"
	"shopkeeper/shop/feed"
)

// Changes is what an index that follows a store reads. The store implements it.
type Changes interface {
	// ProductsSince returns changes with revision > after, in order; deleted are ids. next == after: nothing new.
	ProductsSince(ctx context.Context, tenant string, after int64, limit int) (changed []shop.Product, deleted []string, next int64, err error)
	AllProducts(ctx context.Context, tenant string) iter.Seq2[shop.Product, error]
	AllPassages(ctx context.Context, tenant string) iter.Seq2[shop.Passage, error]
	Revision(ctx context.Context, tenant string) (products, passages, generation int64, err error) // cheap: polled every 250 ms
	TenantIDs(ctx context.Context) ([]string, error)
	// Products reads full records; unknown ids are left out, order follows ids.
	Products(ctx context.Context, tenant string, ids []string) ([]shop.Product, error)
}

// Stage is the two-step import: a broken file changes nothing, a killed one resumes.
type Stage interface {
	// StageProducts stores a batch under an import id; offset is where in the feed reading goes on after it.
	StageProducts(ctx context.Context, tenant, importID string, offset int64, ps []shop.Product) error
	// StageRejects remembers rows that are no products, so that a resumed import still reports all of them. The same one twice is one.
	StageRejects(ctx context.Context, tenant, importID string, rs []feed.Reject) error
	StagedRejects(ctx context.Context, tenant, importID string) iter.Seq2[feed.Reject, error] // by line
	// StagedTo is where a killed import goes on: 0, 0 when nothing is staged under the id.
	StagedTo(ctx context.Context, tenant, importID string) (offset int64, products int, err error)
	// ApplyStaged makes staged products current in one transaction (unchanged ones get no new revision) and forgets the stage.
	ApplyStaged(ctx context.Context, tenant, importID string, removeMissing bool) (changed, removed int, err error)
}

// Documents keeps what the shop knows: a document whose text has changed becomes its next version, published at once.
type Documents interface {
	PutDocument(ctx context.Context, d shop.Document) error
}
