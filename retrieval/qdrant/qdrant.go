// Package qdrant is the index over a Qdrant server, spoken to by gRPC: named vectors "dense" and "lexical" (sparse, the terms and
// weights of retrieval/text under Modifier_Idf), a tenant key, payload indexes made before the first upload.
//
// One collection holds all tenants and is served under an alias; Rebuild fills a new collection and moves the alias.
// It needs server 1.18 or newer. Inverse document frequencies are asked for over the tenant's own documents (SearchParams.Idf,
// server 1.19); an older one ranks by the whole collection's, which differs only when several tenants share it.
package qdrant

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"shopkeeper/retrieval"
)

const (
	vecDense   = "dense"
	vecLexical = "lexical"
	keyTenant  = "tenant"
	keyKind    = "kind"
	keyID      = "id"
	keyTerms   = "terms" // every term's hash: what Total and facets count over
	tagPrefix  = "tag."
	numPrefix  = "num."
	batchSize  = 256
	batchTerms = 200_000 // so that a batch of long documents stays below the server's limit on messages
	attempts   = 4
)

var (
	_ retrieval.Index     = (*Index)(nil)
	_ retrieval.Rebuilder = (*Index)(nil)
)

// Options of Open; only URL is required.
type Options struct {
	URL    string        // qdrant://HOST:PORT, or qdrants:// for TLS; the gRPC port, 6334 by default
	Key    string        // refused without TLS, unless the host is loopback
	Alias  string        // "shopkeeper" by default
	Search time.Duration // deadline of a search, 2 s by default
	Write  time.Duration // deadline of one batch, 30 s by default
	Log    *slog.Logger
	NewID  func() string
}

// Index is a retrieval.Index and Rebuilder. A server that is down makes calls fail, never Open.
type Index struct {
	opt    Options
	client *qdrant.Client

	making  sync.Mutex   // held by the writer that makes the first collection
	rebuild sync.Mutex   // one rebuild at a time
	writes  sync.RWMutex // writers share it; a rebuild's last steps have it alone

	mu      sync.Mutex // guards what follows; never held over a network call
	live    *schema    // of the collection behind the alias; nil: not looked at yet
	looked  time.Time  // when it was
	journal *journal
}

// journal keeps what was written while a rebuild reads, so that it is not lost by the switch.
type journal struct {
	mu  sync.Mutex
	ops []func(ctx context.Context, collection string, s *schema) error
}

// Open prepares a client; it does not wait for the server.
func Open(o Options) (*Index, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Hostname() == "" || (u.Scheme != "qdrant" && u.Scheme != "qdrants") {
		return nil, fmt.Errorf("qdrant address %q: write qdrant://HOST:6334, or qdrants:// with TLS", o.URL)
	}
	port := 6334
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, fmt.Errorf("qdrant address %q: bad port", o.URL)
		}
	}
	if port == 6333 {
		return nil, fmt.Errorf("qdrant address %q is the REST port: use the gRPC port, 6334 by default", o.URL)
	}
	tls := u.Scheme == "qdrants"
	if o.Key != "" && !tls && !loopback(u.Hostname()) {
		return nil, fmt.Errorf("qdrant key without TLS would cross the network in clear: use qdrants://%s", u.Host)
	}
	if o.Alias == "" {
		o.Alias = "shopkeeper"
	}
	if o.Search == 0 {
		o.Search = 2 * time.Second
	}
	if o.Write == 0 {
		o.Write = 30 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.NewID == nil {
		o.NewID = func() string { return strconv.FormatInt(time.Now().UnixMilli(), 36) + uuid.NewString()[:4] }
	}
	headers := map[string]string{}
	if o.Key != "" {
		headers["api-key"] = o.Key // Config.APIKey would warn of loopback too, once a connection
	}
	c, err := qdrant.NewClient(&qdrant.Config{
		Host: u.Hostname(), Port: port, Headers: headers, UseTLS: tls,
		SkipCompatibilityCheck: true, // it would block on a silent port
		GrpcOptions: []grpc.DialOption{
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64 << 20)),
			grpc.WithChainUnaryInterceptor(retry),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("open qdrant client: %w", err)
	}
	return &Index{opt: o, client: c}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// retry repeats what a server refuses for now, within the call's own deadline, and waits as long as the server asks for. The client's
// RetryConfig is not used: it multiplies over its pool of connections.
func retry(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	wait := 50 * time.Millisecond
	for i := 1; ; i++ {
		var trailer metadata.MD
		err := invoke(ctx, method, req, reply, cc, append(slices.Clip(opts), grpc.Trailer(&trailer))...)
		code := status.Code(err)
		if err == nil || i == attempts || code != codes.Unavailable && code != codes.ResourceExhausted {
			return err
		}
		if after := trailer.Get("retry-after"); len(after) > 0 {
			if n, perr := strconv.Atoi(after[0]); perr == nil && n > 0 {
				wait = max(wait, time.Duration(n)*time.Second)
			}
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
			return err
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return err
		case <-t.C:
		}
		wait *= 2
	}
}

// Close ends the connections.
func (x *Index) Close() error { return x.client.Close() }

// Ready asks the server itself, within a second: NewClient says nothing about it.
func (x *Index) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if _, err := x.client.HealthCheck(ctx); err != nil {
		return fmt.Errorf("qdrant at %s does not answer: %w", x.opt.URL, err)
	}
	return nil
}

// point is the UUIDv5 of tenant, kind and id: the same document always overwrites itself.
func point(tenant, kind, id string) *qdrant.PointId {
	ns := uuid.NewSHA1(uuid.NameSpaceOID, []byte(tenant+"\x00"+kind))
	return qdrant.NewIDUUID(uuid.NewSHA1(ns, []byte(id)).String())
}

// failed words an error of a call under a deadline of ours: when the caller's context ended, that is the reason.
func failed(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", what, ctx.Err())
	}
	return fmt.Errorf("%s: %w", what, err)
}
