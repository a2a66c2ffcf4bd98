package llmtest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"sync"

	"shopkeeper/gateway/llm"
)

// Replay answers from a file that llm.Record wrote. A request gets the first unused recording with its llm.Key;
// the last one of a key may be used again. A request that was never recorded is an error.
func Replay(path string) (llm.Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open recording: %w", err)
	}
	defer f.Close()
	r := &replay{path: path, by: map[string][]llm.Exchange{}}
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 16<<20)
	for n := 1; sc.Scan(); n++ {
		if len(sc.Bytes()) == 0 {
			continue
		}
		var x llm.Exchange
		if err := json.Unmarshal(sc.Bytes(), &x); err != nil {
			return nil, fmt.Errorf("read recording %s line %d: %w", path, n, err)
		}
		r.by[x.Key] = append(r.by[x.Key], x)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	return r, nil
}

type replay struct {
	path string
	mu   sync.Mutex
	by   map[string][]llm.Exchange
}

func (r *replay) Stream(ctx context.Context, req *llm.Request) iter.Seq2[llm.Delta, error] {
	return func(yield func(llm.Delta, error) bool) {
		x, ok := r.take(llm.Key(req))
		if !ok {
			yield(llm.Delta{}, &llm.Error{Kind: llm.BadRequest, Err: fmt.Errorf("find recording: %s has none for this request", r.path)})
			return
		}
		var err error
		if x.Failed != nil {
			err = x.Failed.Err()
		}
		play(ctx, yield, x.Deltas, err)
	}
}

func (r *replay) take(key string) (llm.Exchange, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	xs := r.by[key]
	if len(xs) == 0 {
		return llm.Exchange{}, false
	}
	if len(xs) > 1 {
		r.by[key] = xs[1:]
	}
	return xs[0], true
}
