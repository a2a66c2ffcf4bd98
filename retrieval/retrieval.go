// Package retrieval finds products and passages: Doc, Query, Index, Embedder, and the Searcher
// (understand → retrieve → fuse → post-check → relax) that every search of the product goes through.
package retrieval

import (
	"context"
	"iter"

	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
)

// Kinds of documents.
const (
	KindProduct = "product"
	KindPassage = "passage"
)

// Doc is what an index holds of a product or passage. Tags and Numbers are what filters see; names are lower case.
type Doc struct {
	Tenant, Kind, ID string
	Fields           text.Fields
	Tags             map[string][]string // brand, category, color, type, merchant, any text attribute; values folded by text.Fold
	Numbers          map[string]float64  // price (minor units), stock, rating, reviews, released (unix days), discount (bps), memory_gb …
	Vector           []float32           // nil: lexical only
}

type Op string

const (
	Eq    Op = "eq"
	Ne    Op = "ne"
	In    Op = "in"
	NotIn Op = "not_in"
	Lt    Op = "lt"
	Lte   Op = "lte"
	Gt    Op = "gt"
	Gte   Op = "gte"
)

// Filter is one typed condition: on a tag (eq ne in not_in with Values) or a number (Number). Price is in minor units.
// A document without the number fails lt, lte, gt, gte; a document without the tag passes ne and not_in.
type Filter struct {
	Field  string
	Op     Op
	Values []string
	Number *float64
	Unit   string // as it was said, for display
}

// Boost lifts the documents that its filter lets through by a share of the best lexical score.
type Boost struct {
	Filter
	Share float64
}

// Query is one search of one tenant, both legs at once.
type Query struct {
	Tenant, Kind string
	Text         string   // the user's words, for the Searcher
	Alternatives []string // the same wish in other words (of the catalogue's language)
	Lang         string
	Terms        map[string]float64 // for an Index: analysed terms and their weights
	Should       []Boost            // for an Index: what lifts a document
	Vector       []float32
	Filters      []Filter
	Facets       []string
	Sort         string // "" relevance; price -price -rating -reviews -released -discount
	Limit        int    // per leg
}

// Hit has both legs' scores, apart: the Searcher fuses them, alike for every index. 0 = not found by that leg.
type Hit struct {
	ID             string
	Lexical, Dense float64
}
type Facet struct {
	Field  string
	Counts map[string]int
}
type Found struct {
	Hits   []Hit
	Total  int // documents that match the filters and any term (or the sort, when there are no terms)
	Facets []Facet
}

// Index holds documents of many tenants. A Search sees every Upsert and Delete that returned before it began.
type Index interface {
	Upsert(ctx context.Context, docs []Doc) error
	Delete(ctx context.Context, tenant, kind string, ids []string) error
	Search(ctx context.Context, q Query) (Found, error)
}

// Rebuilder builds a tenant's documents anew beside the old ones, then switches at once.
type Rebuilder interface {
	Rebuild(ctx context.Context, tenant string, docs iter.Seq2[Doc, error]) error
}

// Lexicon knows the words of a tenant's catalogue, whichever index holds its postings.
type Lexicon interface {
	// Near returns the catalogue's word nearest to word, and whether word itself has a posting.
	Near(ctx context.Context, tenant, word string) (best string, known bool, err error)
	// Values returns the values of a tag (brand, category, color …) with their document counts.
	Values(ctx context.Context, tenant, field string) (map[string]int, error)
}

// Embedder has langchaingo's method set, so that its embedders fit without an import.
type Embedder interface {
	EmbedDocuments(ctx context.Context, texts []string) ([][]float32, error)
	EmbedQuery(ctx context.Context, text string) ([]float32, error)
}

// Vectors caches embeddings by model and content hash; the store keeps them. A missing one is nil.
type Vectors interface {
	Vectors(ctx context.Context, model string, hashes []string) ([][]float32, error)
	SaveVectors(ctx context.Context, model string, hashes []string, v [][]float32) error
}

// Products reads full records; unknown ids are left out, order follows ids.
type Products interface {
	Products(ctx context.Context, tenant string, ids []string) ([]shop.Product, error)
}

// Passages reads passages, likewise.
type Passages interface {
	Passages(ctx context.Context, tenant string, ids []string) ([]shop.Passage, error)
}

// Understood is what a search took the words to mean.
type Understood struct {
	Query     string // what was searched for once the wishes were taken out
	Filters   []Filter
	Sort      string
	Corrected string // the query after spelling repair, "" when none was needed
	Relaxed   []Relaxed
}

// Relaxed is one wish let go (To nil) or widened, because together with the others it left nothing.
type Relaxed struct {
	From Filter
	To   *Filter
	Left int // results once it was relaxed
}

// Answer of Searcher.Search. Products obey every filter in Understood that was not relaxed.
type Answer struct {
	Products   []shop.Product
	Why        map[string][]string // by product id: reasons in the query's language
	Total      int
	Facets     []Facet
	Understood Understood
}
