package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/eval"
	"shopkeeper/gateway/telemetry"
	"shopkeeper/shop"
)

// Shop is the running shop that a suite talks to, or a demo shop of its own.
type Shop struct {
	URL  string `help:"Address of a running shop; empty: a demo shop of the suite's own." placeholder:"URL"`
	Key  string `help:"Shopper's key there." default:"demo-shopper" env:"SHOPKEEPER_EVAL_KEY"`
	Seed uint64 `help:"Seed of the suite's own demo shop." default:"1"`
}

// EvalChatCmd runs scripted conversations.
type EvalChatCmd struct {
	Settings
	Shop
	Floors
	Scripts string `help:"Folder of conversations (.txt); empty: the built-in ones." type:"path" placeholder:"DIR"`
	JSON    bool   `help:"Print JSON."`
}

func (c *EvalChatCmd) Run(e *env) error {
	dir := eval.Scripts()
	if c.Scripts != "" {
		dir = os.DirFS(c.Scripts)
	}
	ds, err := eval.ParseDialogues(dir)
	if err != nil {
		return err
	}
	var r eval.ChatResult
	err = c.Shop.with(e, c.Settings, func(s *asker) error {
		r, err = eval.Chat(e.ctx, ds, s.ask)
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(e.stdout, r)
	} else {
		for _, f := range r.Failures {
			fmt.Fprintf(e.stdout, "%s:%d: %q: %s\n  %s\n", f.Conversation, f.Line, f.Say, f.Check, f.Got)
		}
		_, err = fmt.Fprintf(e.stdout, "%d conversations, %d turns, %d checks, %d failed\n", r.Conversations, r.Turns, r.Checks, len(r.Failures))
	}
	if err == nil && len(r.Failures) > 0 {
		err = fmt.Errorf("%d of %d checks failed", len(r.Failures), r.Checks)
	}
	return errors.Join(err, c.hold(r))
}

// EvalLimitsCmd asks for things with limits and looks at every card.
type EvalLimitsCmd struct {
	Settings
	Shop
	Floors
	Requests string `help:"Lines of MESSAGE | LIMIT ; LIMIT …; empty: the built-in ones." type:"path" placeholder:"F"`
	JSON     bool   `help:"Print JSON."`
}

func (c *EvalLimitsCmd) Run(e *env) error {
	rs, err := eval.LimitRequests()
	if c.Requests != "" {
		var f *os.File
		if f, err = os.Open(c.Requests); err != nil {
			return fmt.Errorf("open requests: %w", err)
		}
		defer f.Close()
		rs, err = eval.ParseRequests(f)
	}
	if err != nil {
		return err
	}
	var r eval.LimitsResult
	err = c.Shop.with(e, c.Settings, func(s *asker) error {
		r, err = eval.Limits(e.ctx, rs, s.ask, s.look)
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(e.stdout, r)
	} else {
		for _, b := range r.Broken {
			fmt.Fprintf(e.stdout, "%d: %q: %s: %s %s\n", b.Line, b.Say, b.Limit, b.Product, b.Why)
		}
		_, err = fmt.Fprintf(e.stdout, "%d requests, %d cards, %d without a card, %d relaxed, %d broken\n", r.Requests, r.Cards, r.Empty, r.Relaxed, len(r.Broken))
	}
	if err == nil && len(r.Broken) > 0 {
		err = fmt.Errorf("%d cards break a limit", len(r.Broken))
	}
	return errors.Join(err, c.hold(r))
}

// with runs f against the shop; one of the suite's own is closed afterwards.
func (s Shop) with(e *env, set Settings, f func(*asker) error) (err error) {
	if s.URL != "" {
		return f(&asker{url: strings.TrimRight(s.URL, "/"), key: s.Key, ids: map[string]string{}})
	}
	dir, err := os.MkdirTemp("", "shopkeeper-eval-")
	if err != nil {
		return fmt.Errorf("make a temporary data folder: %w", err)
	}
	defer os.RemoveAll(dir)
	log, _, err := telemetry.NewLog(io.Discard, "error", "text")
	if err != nil {
		return err
	}
	l, err := listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	set.MetricsAddr = "off"
	serve := &ServeCmd{Settings: set, Files: Files{Data: dir}, Demo: true, Seed: s.Seed}
	a, err := serve.open(e.ctx, log)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(e.ctx)
	var served sync.WaitGroup
	var ran error
	served.Go(func() { ran = a.Run(ctx, l, &env{ctx: ctx, stdout: io.Discard, stderr: io.Discard}) })
	defer func() {
		stop()
		served.Wait()
		err = errors.Join(err, ran, a.Close())
	}()
	return f(&asker{url: "http://" + l.Addr().String(), key: s.Key, ids: map[string]string{}})
}

// asker talks to a shop as any client of Chat Completions does.
type asker struct {
	url, key string
	ids      map[string]string // the suite's names of conversations → the shop's
}

func (s *asker) ask(ctx context.Context, conversation, message string) (eval.Reply, error) {
	body := map[string]any{"model": "shopper", "messages": []any{map[string]any{"role": "user", "content": message}}}
	if id := s.ids[conversation]; id != "" {
		body["metadata"] = map[string]any{"conversation": id}
	}
	var c struct {
		Choices []struct {
			Message struct {
				Content string `json:"content"`
				Shop    struct {
					Cards []shop.Card `json:"cards"`
				} `json:"shop"`
			} `json:"message"`
		} `json:"choices"`
		Shop struct {
			Conversation string      `json:"conversation"`
			Ending       chat.Ending `json:"ending"`
		} `json:"shop"`
	}
	if err := s.call(ctx, http.MethodPost, "/v1/chat/completions", body, &c); err != nil {
		return eval.Reply{}, err
	}
	if len(c.Choices) == 0 {
		return eval.Reply{}, fmt.Errorf("ask %q: the answer is empty", message)
	}
	s.ids[conversation] = c.Shop.Conversation
	m := c.Choices[0].Message
	return eval.Reply{Text: m.Content, Cards: m.Shop.Cards, Ending: c.Shop.Ending}, nil
}

// look reads one product whole.
func (s *asker) look(ctx context.Context, id, lang string) (p shop.ProductCard, err error) {
	return p, s.call(ctx, http.MethodGet, "/api/products/"+url.PathEscape(id)+"?lang="+url.QueryEscape(lang), nil, &p)
}

func (s *asker) call(ctx context.Context, method, path string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader(raw))
	if err != nil {
		return misuse("address %q: write http://HOST:PORT", s.url)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+s.key)
	res, err := http.DefaultClient.Do(req)
	for try := 0; err == nil && res.StatusCode == http.StatusTooManyRequests && try < 5; try++ { // a suite asks faster than people do
		res.Body.Close()
		wait, _ := strconv.Atoi(res.Header.Get("Retry-After"))
		select {
		case <-time.After(time.Duration(max(1, wait)) * time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
		req.Body, _ = req.GetBody() // of a bytes.Reader it never fails
		res, err = http.DefaultClient.Do(req)
	}
	if err != nil {
		return fmt.Errorf("nothing answers at %s: is shopkeeper serve running there?", s.url)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s: %s", method, path, res.Status, answer)
	}
	return json.Unmarshal(answer, into)
}
