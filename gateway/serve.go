package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"shopkeeper/gateway/telemetry"
	"shopkeeper/shop"
)

// ServeCmd runs the shop.
type ServeCmd struct {
	Settings
	Files
	Demo  bool   `help:"Serve the demo world: no configuration, loopback only, well-known keys."`
	Seed  uint64 `help:"Seed of the demo world." default:"1"`
	Today string `help:"Day of the demo world, YYYY-MM-DD; empty: today (UTC)." placeholder:"DATE"`
}

func (c *ServeCmd) Run(e *env) error {
	given := c.Settings
	if err := c.overlay(c.Config, e.kong); err != nil {
		return misuse("%w", err)
	}
	if c.Demo {
		if err := loopbackOnly(c.Addr); err != nil {
			return err
		}
		if c.Data == "" {
			dir, err := os.MkdirTemp("", "shopkeeper-demo-")
			if err != nil {
				return fmt.Errorf("make a temporary data folder: %w", err)
			}
			defer os.RemoveAll(dir)
			c.Data = dir
		}
	}
	log, level, err := telemetry.NewLog(e.stderr, c.LogLevel, "text")
	if err != nil {
		return err
	}
	// The port is taken before the work begins: a taken one is said at once.
	l, err := listen(c.Addr)
	if err != nil {
		return err
	}
	defer l.Close()
	a, err := c.open(e.ctx, log)
	if err != nil {
		return err
	}
	defer a.Close()
	a.reload = &reloader{file: c.Config, read: c.reader(e, given), log: log, inForce: c.Settings, apply: func(ctx context.Context, s Settings) error {
		if err := a.apply(ctx, s); err != nil {
			return err
		}
		if err := a.store.AddAudit(ctx, shop.AuditEntry{Actor: operatorName(), Act: "configuration_reloaded", Object: c.Config}); err != nil {
			log.WarnContext(ctx, "a reload was not kept in the audit", "error", err)
		}
		return level.UnmarshalText([]byte(s.LogLevel))
	}}
	return a.Run(e.ctx, l, e)
}

// listen says in one sentence what is wrong with an address.
func listen(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		if strings.Contains(err.Error(), "address already in use") {
			return nil, fmt.Errorf("%s is taken by another program: choose another address with --addr HOST:PORT (make run ADDR=HOST:PORT)", addr)
		}
		return nil, fmt.Errorf("listen on %s: %w; choose another address with --addr HOST:PORT", addr, err)
	}
	return l, nil
}

func loopbackOnly(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return misuse("address %q: write HOST:PORT", addr)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return misuse("the demo has well-known keys, so it listens on loopback only, not on %s: use --addr 127.0.0.1:PORT", addr)
}

// Run serves until ctx ends, then drains: no new turns, running ones end or are stored as cancelled.
func (a *app) Run(ctx context.Context, l net.Listener, e *env) error {
	// What serves outlives the signal until it has drained.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	g, work := errgroup.WithContext(work)
	g.Go(func() error { return ended(a.follow.Follow(work)) })
	g.Go(func() error { return ended(a.abouts.follow(work, a.log)) })
	g.Go(func() error { return a.switches.follow(work) })
	g.Go(func() error { return a.sweep(work) })
	g.Go(func() error { return a.ring(work) })
	g.Go(func() error { return a.tools.Settle(work) })
	g.Go(func() error { return a.notices.Run(work) })
	g.Go(func() error { return a.suggester.Run(work) })
	if a.reload != nil {
		g.Go(func() error { return a.reload.run(work) })
	}

	requests, leave := context.WithCancel(context.WithoutCancel(ctx))
	defer leave()
	server := front(requests, a.api.Handler(), a.log)
	g.Go(func() error { return ended(server.Serve(l)) })
	operator := a.operator(e)
	if operator != nil {
		g.Go(func() error { return ended(operator.Serve(a.operatorListener)) })
	}

	ready := make(chan struct{})
	g.Go(func() error {
		select {
		case <-a.follow.Ready():
			fmt.Fprint(e.stdout, a.banner(l.Addr().String()))
			close(ready)
			debug.FreeOSMemory() // loading and indexing took more than serving does
			dropStartPages()
			keepHeapFloor()
		case <-work.Done():
		}
		return nil
	})

	select {
	case <-ctx.Done():
	case <-work.Done():
	}
	a.api.Drain()
	deadline := time.Now().Add(a.set.Drain)
	drain, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer cancel()
	err := a.assistant.Drain(drain)
	err = errors.Join(err, shutdown(server, leave, deadline))
	if operator != nil {
		err = errors.Join(err, operator.Close())
	}
	stop()
	return errors.Join(err, g.Wait())
}

// shutdown lets requests end in their own time until the deadline and a little longer, in which turns say that they were cancelled.
// Then leave cancels what still runs, raw answers, and they have a moment to say so.
func shutdown(s *http.Server, leave func(), deadline time.Time) error {
	ctx, cancel := context.WithTimeout(context.Background(), max(time.Until(deadline), 0)+2*time.Second)
	defer cancel()
	if s.Shutdown(ctx) == nil {
		return nil
	}
	leave()
	last, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if s.Shutdown(last) == nil {
		return nil
	}
	return s.Close()
}

// front is the server that strangers reach: who sends the head of a request too slowly, or too much of it, is left. ctx is its
// requests'.
func front(ctx context.Context, h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		BaseContext: func(net.Listener) context.Context { return ctx },
		Handler:     h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 120 * time.Second,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// ended forgets the errors that are how a server is told to stop.
func ended(err error) error {
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, context.Canceled) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// operator opens the operator's listener; the default port may be taken by another shop on this machine, a chosen one may not.
func (a *app) operator(e *env) *http.Server {
	if a.operatorListener == nil {
		return nil
	}
	return &http.Server{Handler: a.api.Operator(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug)}
}

// banner tells a newcomer what there is and what to do next.
func (a *app) banner(addr string) string {
	url := "http://" + addr
	var b strings.Builder
	fmt.Fprintf(&b, "Shopkeeper is ready: %s\n", url)
	if a.storefront != "" {
		fmt.Fprintf(&b, "  shop and chat   %s/\n", url)
	}
	fmt.Fprintf(&b, "  widget          %s/widget.js\n  API             %s/openapi.yaml\n", url, url)
	fmt.Fprintf(&b, "  operator        %s/admin\n  support desk    %s/console\n", url, url)
	if a.operatorListener != nil {
		fmt.Fprintf(&b, "  metrics         http://%s/metrics\n", a.operatorListener.Addr())
	}
	if first := a.models.now.Load().first; first == "rules" {
		fmt.Fprintf(&b, "The built-in assistant answers; no model is configured. To put one behind the same chat:\n"+
			"  SHOPKEEPER_MODEL_URL=https://api.deepseek.com SHOPKEEPER_MODEL=deepseek-chat SHOPKEEPER_MODEL_KEY=… make run\n")
	} else {
		fmt.Fprintf(&b, "Model: %s; when it fails, the built-in assistant answers.\n", first)
	}
	if a.demo {
		fmt.Fprintf(&b, "Demo keys: demo-shopper, demo-app … Try: curl -s %s/v1/chat/completions -H 'Authorization: Bearer demo-shopper' -H 'Content-Type: application/json' -d '{\"model\":\"shopper\",\"messages\":[{\"role\":\"user\",\"content\":\"headphones under 80\"}]}'\n", url)
	}
	return b.String()
}
