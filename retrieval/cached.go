package retrieval

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
)

// Cached embeds nothing twice: vectors of documents are kept in v by model and content hash, those of queries in memory.
// Vectors of another dimension under the same model's name are an error that wraps ErrDimension.
func Cached(e Embedder, v Vectors, model string) Embedder {
	return &cached{next: e, kept: v, model: model, asked: map[string][]float32{}}
}

// mostAsked is how many queries' vectors are remembered.
const mostAsked = 1024

type cached struct {
	next  Embedder
	kept  Vectors
	model string

	mu    sync.Mutex
	asked map[string][]float32
	order []string
}

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// EmbedDocuments embeds what is not kept yet, each text once.
func (c *cached) EmbedDocuments(ctx context.Context, texts []string) ([][]float32, error) {
	hashes := make([]string, len(texts))
	for i, t := range texts {
		hashes[i] = hashOf(t)
	}
	out, err := c.kept.Vectors(ctx, c.model, hashes)
	if err != nil {
		return nil, fmt.Errorf("read kept vectors: %w", err)
	}
	if len(out) != len(texts) {
		return nil, fmt.Errorf("read kept vectors: %d for %d texts", len(out), len(texts))
	}
	at := map[string]int{}
	var missing, missed []string
	for i, v := range out {
		if _, seen := at[hashes[i]]; v == nil && !seen {
			at[hashes[i]] = len(missing)
			missing, missed = append(missing, texts[i]), append(missed, hashes[i])
		}
	}
	if len(missing) > 0 {
		fresh, err := c.next.EmbedDocuments(ctx, missing)
		if err != nil {
			return nil, fmt.Errorf("embed %d texts: %w", len(missing), err)
		}
		if len(fresh) != len(missing) {
			return nil, fmt.Errorf("embed texts: %d vectors for %d texts", len(fresh), len(missing))
		}
		for i := range out {
			if out[i] == nil {
				out[i] = fresh[at[hashes[i]]]
			}
		}
		if err := c.sameDimension(out); err != nil {
			return nil, err
		}
		if err := c.kept.SaveVectors(ctx, c.model, missed, fresh); err != nil {
			return nil, fmt.Errorf("keep vectors: %w", err)
		}
	}
	return out, c.sameDimension(out)
}

func (c *cached) sameDimension(vs [][]float32) error {
	for _, v := range vs {
		if len(v) == 0 || len(v) != len(vs[0]) {
			return fmt.Errorf("embedding model %s gave %d dimensions beside %d: %w", c.model, len(v), len(vs[0]), ErrDimension)
		}
	}
	return nil
}

// EmbedQuery embeds a query once as long as it is remembered.
func (c *cached) EmbedQuery(ctx context.Context, text string) ([]float32, error) {
	c.mu.Lock()
	v := c.asked[text]
	c.mu.Unlock()
	if v != nil {
		return v, nil
	}
	v, err := c.next.EmbedQuery(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("embed query: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked[text] == nil {
		if len(c.order) >= mostAsked {
			delete(c.asked, c.order[0])
			c.order = c.order[1:]
		}
		c.asked[text] = v
		c.order = append(c.order, text)
	}
	return v, nil
}
