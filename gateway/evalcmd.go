package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"shopkeeper/gateway/eval"
	"shopkeeper/retrieval"
	"shopkeeper/retrieval/qdrant"
)

// EvalCmd is the offline suites: files in, a table out.
type EvalCmd struct {
	Search EvalSearchCmd `cmd:"" help:"Quality and speed of product search on judged queries."`
	Chat   EvalChatCmd   `cmd:"" help:"Scripted conversations: what is shown and said."`
	Limits EvalLimitsCmd `cmd:"" help:"Requests with limits: no card may break one."`
	Replay EvalReplayCmd `cmd:"" help:"Recorded actions of a shop's customers: propose, confirm, compare the end state."`
}

// Floors are the values below which a suite fails.
type Floors struct {
	Min []string `help:"Exit 1 below this, as in ndcg10=0.75; repeatable." placeholder:"NAME=VALUE"`
}

// hold compares a result's JSON numbers with the floors.
func (f Floors) hold(result any) error {
	raw, err := json.Marshal(result)
	if err != nil {
		return err
	}
	var got map[string]any
	if err := json.Unmarshal(raw, &got); err != nil {
		return err
	}
	var low []string
	for _, m := range f.Min {
		name, text, ok := strings.Cut(m, "=")
		want, err := strconv.ParseFloat(text, 64)
		have, known := got[name].(float64)
		switch {
		case !ok || err != nil:
			return misuse("--min %s: write NAME=VALUE, such as ndcg10=0.75", m)
		case !known:
			return misuse("--min %s: the result has no number %q", m, name)
		case have < want:
			low = append(low, fmt.Sprintf("%s is %.4f, below %s", name, have, text))
		}
	}
	if len(low) > 0 {
		return errors.New(strings.Join(low, "; "))
	}
	return nil
}

// EvalSearchCmd measures the very search of the chat.
type EvalSearchCmd struct {
	EmbedSettings
	Floors
	Products string `help:"Products (jsonl, .gz or not)." required:"" type:"path" placeholder:"F"`
	Queries  string `help:"Queries: id, tab, text." required:"" type:"path" placeholder:"F"`
	Qrels    string `help:"Judgments: query id, 0, product id, grade." required:"" type:"path" placeholder:"F"`
	Index    string `help:"local, or qdrant://HOST:PORT." default:"local"`
	IndexKey string `help:"Qdrant's API key." env:"SHOPKEEPER_QDRANT_KEY"`
	Typos    uint64 `help:"Seed: one wrong letter in a word of each query; 0: as written." default:"0"`
	Data     string `help:"Folder that keeps vectors, so that nothing is embedded twice; empty: none are kept." type:"path" placeholder:"DIR"`
	TREC     string `name:"run" help:"Write a TREC run, 100 a query." type:"path" placeholder:"F"`
	JSON     bool   `help:"Print JSON."`
}

// searchResult is what the command prints.
type searchResult struct {
	eval.SearchReport
	BuildS float64 `json:"build_s"`
}

func (c *EvalSearchCmd) Run(e *env) error {
	r, err := c.measure(e)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(e.stdout, r)
	} else {
		_, err = fmt.Fprintf(e.stdout, "queries %d\nNDCG@10 %.4f (condensed %.4f)\nMRR@10 %.4f\nrecall@100 %.4f\nempty %d\np50 %.2f ms, p99 %.2f ms, %d products indexed in %.2f s\n",
			r.Queries, r.NDCG10, r.Condensed, r.MRR10, r.Recall100, r.Empty, r.P50, r.P99, r.Products, r.BuildS)
	}
	if err != nil {
		return err
	}
	return c.hold(r)
}

func (c *EvalSearchCmd) measure(e *env) (r searchResult, err error) {
	o := eval.SearchOptions{Products: c.Products, Queries: c.Queries, Qrels: c.Qrels, Typos: c.Typos}
	if c.Index != "local" {
		q, err := qdrant.Open(qdrant.Options{URL: c.Index, Key: c.IndexKey, Alias: "shopkeeper-eval-" + strconv.Itoa(os.Getpid())})
		if err != nil {
			return r, err
		}
		defer q.Close()
		if err := q.Ready(e.ctx); err != nil {
			return r, err
		}
		o.Index = q
	}
	if c.EmbedSettings.URL != "" {
		var kept retrieval.Vectors
		if c.Data != "" {
			st, err := (&Files{Data: c.Data}).openStore(e.ctx)
			if err != nil {
				return r, err
			}
			defer st.Close()
			kept = st
		}
		if _, o.Embedder, err = embedderOf(c.EmbedSettings, kept); err != nil {
			return r, err
		}
	}
	if c.TREC != "" {
		f, err := os.Create(c.TREC)
		if err != nil {
			return r, fmt.Errorf("write run: %w", err)
		}
		w := bufio.NewWriter(f)
		defer func() { err = errors.Join(err, w.Flush(), f.Close()) }()
		o.Run = w
	}
	r.SearchReport, err = eval.Search(e.ctx, o)
	r.BuildS = r.Built.Seconds()
	return r, err
}
