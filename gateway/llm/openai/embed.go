package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	goopenai "github.com/sashabaranov/go-openai"
	"golang.org/x/sync/errgroup"

	"shopkeeper/gateway/llm"
)

const (
	maxVector    = 256 << 10 // bytes of one vector in an answer: 8,192 numbers of 25 characters and more
	maxEmbedText = 8 << 10   // bytes of one text: more than any embedding model reads
	minEmbedText = 200       // bytes below which a text is not shortened any more
)

// EmbedOptions of an Embedder. URL and Model are required, the rest has defaults.
type EmbedOptions struct {
	URL       string // base address, with or without /v1
	Model     string // as the endpoint names it
	Key       string // bearer token; "" = none is sent
	Header    http.Header
	Extra     map[string]json.RawMessage // merged into the body, e.g. dimensions
	HTTP      *http.Client
	Batch     int           // texts a request; 0 = 64
	Parallel  int           // requests at once; 0 = 2
	Dimension int           // what every vector must have; 0 = what the first answer has
	Timeout   time.Duration // of a request; 0 = 60 s
	Retries   int           // of a request that failed for a reason that may pass; 0 = 3, negative = none
}

// Embedder makes vectors at any OpenAI-compatible /v1/embeddings. It has retrieval.Embedder's methods and may be used by many
// goroutines. Vectors come as the endpoint gives them: one per text, in order, all of one length, finite, not all zero.
type Embedder struct {
	o         EmbedOptions
	base      string
	wire      *wire
	api       *goopenai.Client
	dimension atomic.Int64
}

// NewEmbedder checks o and makes an embedder. It does not connect.
func NewEmbedder(o EmbedOptions) (*Embedder, error) {
	base, err := baseURL(o.URL)
	if err != nil {
		return nil, fmt.Errorf("read embedder url: %w", err)
	}
	if strings.TrimSpace(o.Model) == "" {
		return nil, errors.New("read embedder model: its name is empty")
	}
	for k, v := range o.Extra {
		if !json.Valid(v) {
			return nil, fmt.Errorf("read embedder extras: the value of %q is no JSON", k)
		}
	}
	o.Batch = or(o.Batch, 64)
	o.Parallel = or(o.Parallel, 2)
	o.Timeout = or(o.Timeout, time.Minute)
	o.Retries = or(o.Retries, 3)
	if o.Batch < 1 || o.Batch > 2048 {
		return nil, fmt.Errorf("read embedder batch: %d is not in 1 to 2048", o.Batch)
	}
	w := newWire(o.HTTP, 5*time.Second, o.Header)
	e := &Embedder{o: o, base: base, wire: w, api: newAPI(o.Key, base, w)}
	e.dimension.Store(int64(o.Dimension))
	return e, nil
}

// Dimension of the vectors; 0 until the first answer, when the options name none.
func (e *Embedder) Dimension() int { return int(e.dimension.Load()) }

// Close drops idle connections.
func (e *Embedder) Close() { e.wire.closeIdle() }

// EmbedQuery is EmbedDocuments of one text.
func (e *Embedder) EmbedQuery(ctx context.Context, text string) ([]float32, error) {
	vs, err := e.EmbedDocuments(ctx, []string{text})
	if err != nil {
		return nil, err
	}
	return vs[0], nil
}

// EmbedDocuments embeds in batches, a few at once. A text that is too long for the model is cut at its end until it fits. The
// first failure ends the rest.
func (e *Embedder) EmbedDocuments(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, e.o.Parallel))
	for from := 0; from < len(texts); from += e.o.Batch {
		to := min(from+e.o.Batch, len(texts))
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return context.Cause(ctx)
			}
			return e.batch(ctx, prepared(texts[from:to]), out[from:to])
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("embed %d texts with %s: %w", len(texts), e.o.Model, err)
	}
	return out, nil
}

// prepared are texts that every endpoint takes: not empty, valid UTF-8, bounded.
func prepared(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = shorten(strings.ToValidUTF8(t, " "), maxEmbedText)
		if strings.TrimSpace(out[i]) == "" {
			out[i] = "-" // some endpoints refuse an empty text, and the whole batch with it
		}
	}
	return out
}

func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// batch repeats what may pass. Where the endpoint says that its input is too long it halves: the batch first, then the text.
func (e *Embedder) batch(ctx context.Context, texts []string, out [][]float32) error {
	err := e.patiently(ctx, texts, out)
	var f *llm.Error
	if !errors.As(err, &f) || f.Kind != llm.TooLong {
		return err
	}
	if half := len(texts) / 2; half > 0 {
		if err := e.batch(ctx, texts[:half], out[:half]); err != nil {
			return err
		}
		return e.batch(ctx, texts[half:], out[half:])
	}
	if len(texts[0]) <= minEmbedText {
		return err
	}
	return e.batch(ctx, []string{shorten(texts[0], len(texts[0])/2)}, out)
}

func (e *Embedder) patiently(ctx context.Context, texts []string, out [][]float32) error {
	for try := 0; ; try++ {
		err := e.once(ctx, texts, out)
		var f *llm.Error
		switch {
		case err != nil && ctx.Err() != nil:
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		case err == nil, try >= e.o.Retries, !errors.As(err, &f):
			return err
		}
		if f.Kind != llm.Down && f.Kind != llm.RateLimited && f.Kind != llm.Cut {
			return err
		}
		wait := f.Retry
		if wait == 0 {
			wait = time.Duration((0.5 + rand.Float64()) * float64(200*time.Millisecond<<try))
		}
		if wait > e.o.Timeout {
			return err
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return context.Cause(ctx)
		}
	}
}

func (e *Embedder) once(ctx context.Context, texts []string, out [][]float32) error {
	ctx, cancel := context.WithTimeoutCause(ctx, e.o.Timeout, &slow{"embeddings", e.o.Timeout})
	defer cancel()
	x := &exchange{extra: e.o.Extra, most: int64(1+len(texts)) * maxVector}
	got, err := e.api.CreateEmbeddings(withExchange(ctx, x), goopenai.EmbeddingRequestStrings{
		Input: texts, Model: goopenai.EmbeddingModel(e.o.Model), EncodingFormat: goopenai.EmbeddingEncodingFormatFloat,
	})
	switch {
	case x.status >= 400:
		return failed(x.status, x.retry, readError(x.failed))
	case err != nil && x.status >= 300:
		return &llm.Error{Kind: llm.BadRequest, Status: x.status, Err: err}
	case err != nil:
		return broken(ctx, err, x.status != 0)
	}
	return e.check(got.Data, out)
}

func (e *Embedder) check(data []goopenai.Embedding, out [][]float32) error {
	bad := func(format string, args ...any) error {
		return &llm.Error{Kind: llm.BadRequest, Status: 200, Err: fmt.Errorf(format, args...)}
	}
	if len(data) != len(out) {
		return bad("the endpoint gave %d vectors for %d texts", len(data), len(out))
	}
	for i, d := range data {
		if d.Index < 0 || d.Index >= len(out) {
			return bad("the endpoint numbers a vector %d of %d", d.Index, len(out))
		}
		if len(d.Embedding) == 0 {
			return bad("the endpoint gave an empty vector: is %q an embedding model?", e.o.Model)
		}
		n := int64(len(d.Embedding))
		if e.dimension.CompareAndSwap(0, n); n != e.dimension.Load() {
			return bad("%s now gives vectors of %d numbers instead of %d: set the model back, or run shopkeeper reindex", e.o.Model, n, e.dimension.Load())
		}
		zero := true
		for _, f := range d.Embedding {
			if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
				return bad("vector %d has a number that is none", i)
			}
			zero = zero && f == 0
		}
		if zero {
			return bad("vector %d is all zero", i)
		}
		out[d.Index] = d.Embedding
	}
	for i := range out {
		if out[i] == nil {
			return bad("the endpoint left out vector %d of %d", i, len(out))
		}
	}
	return nil
}
