package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/cluster"
	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/openai"
	"shopkeeper/retrieval/qdrant"
)

// DoctorCmd tries what the shop depends on, one after the other, with the settings that serve would use.
type DoctorCmd struct {
	Settings
	Files
	JSON bool `help:"Print the result as JSON."`
}

// finding is the state of one dependency, and what to do about it.
type finding struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Note string `json:"note"`
	Mend string `json:"mend,omitempty"`
}

func (c *DoctorCmd) Run(e *env) error {
	if err := c.overlay(c.Config, e.kong); err != nil {
		return misuse("%w", err)
	}
	found := []finding{c.database(e.ctx), c.model(e.ctx), c.embedder(e.ctx), c.qdrant(e.ctx), c.redis(e.ctx)}
	found = append(found, c.connectors(e.ctx)...)
	found = append(found, c.mail(e.ctx)...)
	bad := 0
	for _, f := range found {
		if !f.OK {
			bad++
		}
	}
	if c.JSON {
		if err := printJSON(e.stdout, found); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			state := "ok   "
			if !f.OK {
				state = "WRONG"
			}
			fmt.Fprintf(e.stdout, "%s  %-9s %s\n", state, f.Name, f.Note)
			if f.Mend != "" {
				fmt.Fprintf(e.stdout, "       %-9s → %s\n", "", f.Mend)
			}
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d dependencies do not work", bad, len(found))
	}
	return nil
}

func (c *DoctorCmd) database(ctx context.Context) finding {
	f := finding{Name: "database"}
	if c.Data == "" {
		c.Data = "shopkeeper-data"
	}
	if db, err := c.Files.database(); err != nil || db != "" {
		return c.postgres(ctx, f)
	}
	if _, err := os.Stat(filepath.Join(c.Data, "shopkeeper.db")); errors.Is(err, os.ErrNotExist) {
		f.OK, f.Note = true, fmt.Sprintf("SQLite in %s; it is made at the first start", c.Data)
		return f
	}
	st, err := c.openStore(ctx)
	if err != nil {
		f.Note, f.Mend = err.Error(), "check that the folder may be written and that the disk is not full"
		return f
	}
	defer st.Close()
	ids, err := st.TenantIDs(ctx)
	if err != nil {
		f.Note, f.Mend = err.Error(), "the file may be damaged: restore it from a backup"
		return f
	}
	f.OK, f.Note = true, fmt.Sprintf("SQLite in %s, %d tenants", c.Data, len(ids))
	return f
}

func (c *DoctorCmd) postgres(ctx context.Context, f finding) finding {
	const mend = "check the URL in db (host, port, user, password, database) and that the server lets this machine in"
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	began := time.Now()
	st, err := c.openStore(ctx)
	if err != nil {
		f.Note, f.Mend = err.Error(), mend
		return f
	}
	defer st.Close()
	ids, err := st.TenantIDs(ctx)
	if err != nil {
		f.Note, f.Mend = err.Error(), mend
		return f
	}
	f.OK, f.Note = true, fmt.Sprintf("PostgreSQL, schema up to date, %d tenants, answered in %s", len(ids), time.Since(began).Round(time.Millisecond))
	return f
}

func (c *DoctorCmd) redis(ctx context.Context) finding {
	f := finding{Name: "redis"}
	if c.Settings.Redis == "" {
		f.OK, f.Note = true, "none is configured: limits and running answers are one process's"
		return f
	}
	where, err := secretOf(c.Settings.Redis)
	if err == nil {
		var r *cluster.Redis
		if r, err = cluster.OpenRedis(ctx, where, nil); err == nil {
			defer r.Close()
			if r.State() != "ok" {
				err = errors.New("it does not answer")
			}
		}
	}
	if err != nil {
		f.Note, f.Mend = err.Error(), "check the URL in redis (host, port, password) and that the server lets this machine in; until then each replica counts alone"
		return f
	}
	f.OK, f.Note = true, "it answers"
	return f
}

func (c *DoctorCmd) model(ctx context.Context) finding {
	m, f := c.Model, finding{Name: "model"}
	if m.URL == "" {
		f.OK, f.Note = true, "none is configured: the built-in assistant answers"
		return f
	}
	client, err := openai.New(openai.Options{URL: m.URL, Model: m.Name, Key: m.Key, Tools: m.Tools, FirstDelta: m.First})
	if err != nil {
		f.Note, f.Mend = err.Error(), "correct model.url and model.name"
		return f
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, 45*time.Second)
	defer cancel()
	began := time.Now()
	next, stop := iter.Pull2(client.Stream(ctx, &llm.Request{
		Messages: []chat.Message{{Role: chat.User, Text: "Answer with one word: ready"}}, MaxTokens: 64,
	}))
	defer stop()
	if _, err, _ := next(); err != nil {
		f.Note, f.Mend = fmt.Sprintf("%s at %s: %v", m.Name, shownURL(m.URL), err), modelMend(err)
		return f
	}
	f.OK, f.Note = true, fmt.Sprintf("%s at %s, first word after %s", m.Name, shownURL(m.URL), time.Since(began).Round(time.Millisecond))
	return f
}

// modelMend says what to do about a model's failure.
func modelMend(err error) string {
	var e *llm.Error
	if !errors.As(err, &e) {
		return "check the address"
	}
	switch e.Kind {
	case llm.BadKey:
		return "check model.key, and that the account has money"
	case llm.RateLimited:
		return "the endpoint is busy: try again, or use another key"
	case llm.BadRequest:
		return "check model.name and model.extra: the endpoint refuses the request"
	case llm.TooLong:
		return "set model.window to the context length that the endpoint has"
	}
	return "check model.url, and that the endpoint is running"
}

func (c *DoctorCmd) embedder(ctx context.Context) finding {
	s, f := c.Embed, finding{Name: "embedder"}
	if s.URL == "" {
		f.OK, f.Note = true, "none is configured: search is lexical"
		return f
	}
	e, err := openai.NewEmbedder(openai.EmbedOptions{URL: s.URL, Model: s.Model, Key: s.Key, Batch: s.Batch})
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		var v []float32
		if v, err = e.EmbedQuery(ctx, "ready"); err == nil {
			f.OK, f.Note = true, fmt.Sprintf("%s at %s, %d dimensions", s.Model, shownURL(s.URL), len(v))
			return f
		}
	}
	f.Note, f.Mend = fmt.Sprintf("%s at %s: %v", s.Model, shownURL(s.URL), err), "check embed.url, embed.model and embed.key, and that the endpoint is running"
	return f
}

func (c *DoctorCmd) qdrant(ctx context.Context) finding {
	s, f := c.Index, finding{Name: "qdrant"}
	if s.URL == "" {
		f.OK, f.Note = true, "none is configured: the embedded index serves"
		return f
	}
	q, err := qdrant.Open(qdrant.Options{URL: s.URL, Key: s.Key, Alias: s.Collection})
	if err == nil {
		defer q.Close()
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		if err = q.Ready(ctx); err == nil {
			f.OK, f.Note = true, "answers at "+shownURL(s.URL)
			return f
		}
	}
	f.Note, f.Mend = err.Error(), "check qdrant.url (the gRPC port, 6334 by default) and qdrant.key, and that the server is running"
	return f
}
