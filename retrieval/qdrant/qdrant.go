// Package qdrant is the index over a Qdrant server, spoken to by gRPC: named vectors "dense" and "lexical" (sparse, the terms and
// weights of retrieval/text under Modifier_Idf), a tenant key, payload indexes made before the first upload.
//
// One collection holds all tenants and is served under an alias; Rebuild fills a new collection and moves the alias.
// Inverse document frequencies are asked for over the tenant's own documents (SearchParams.Idf, server 1.19 and newer);
// an older server ranks by the whole collection's, which differs only when several tenants share it.
package qdrant

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
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
	attempts   = 4
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

	mu      sync.Mutex // guards what follows; never held over a network call of Search
	ready   bool       // the alias exists
	dims    int        // of the live collection's dense vector, 0 = none
	fields  map[string]bool
	rebuild sync.Mutex   // one rebuild at a time
	writes  sync.RWMutex // writers share it; a rebuild's last steps have it alone
	journal *journal
}

// journal keeps what was written while a rebuild reads, so that it is not lost by the switch.
type journal struct {
	mu  sync.Mutex
	ops []func(ctx context.Context, collection string) error
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
	c, err := qdrant.NewClient(&qdrant.Config{
		Host: u.Hostname(), Port: port, APIKey: o.Key, UseTLS: tls,
		SkipCompatibilityCheck: true, // it would block on a silent port
		GrpcOptions: []grpc.DialOption{
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64 << 20)),
			grpc.WithChainUnaryInterceptor(retry),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("open qdrant client: %w", err)
	}
	return &Index{opt: o, client: c, fields: map[string]bool{}}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// retry repeats what a server refuses for now, within the call's own deadline. The client's RetryConfig is not used:
// it multiplies over its pool of connections.
func retry(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	wait := 50 * time.Millisecond
	for i := 1; ; i++ {
		err := invoke(ctx, method, req, reply, cc, opts...)
		var busy *qdrant.QdrantResourceExhaustedError
		switch code := status.Code(err); {
		case err == nil || i == attempts:
			return err
		case errors.As(err, &busy):
			wait = max(wait, time.Duration(busy.RetryAfterS)*time.Second)
		case code != codes.Unavailable && code != codes.ResourceExhausted:
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

// ensure finds the collection behind the alias, or makes the first one.
func (x *Index) ensure(ctx context.Context, dims int) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ready {
		return nil
	}
	name, err := x.target(ctx)
	if err != nil {
		return err
	}
	if name == "" {
		name = x.opt.Alias + "_" + x.opt.NewID()
		if err := x.create(ctx, name, dims); err != nil {
			return err
		}
		if err := x.client.CreateAlias(ctx, x.opt.Alias, name); err != nil {
			return fmt.Errorf("name collection: %w", err)
		}
		x.dims = dims
	} else if err := x.inspect(ctx, name); err != nil {
		return err
	}
	x.ready = true
	return nil
}

// target is the collection behind the alias, "" when there is none.
func (x *Index) target(ctx context.Context) (string, error) {
	all, err := x.client.ListAliases(ctx)
	if err != nil {
		return "", fmt.Errorf("list aliases: %w", err)
	}
	for _, a := range all {
		if a.GetAliasName() == x.opt.Alias {
			return a.GetCollectionName(), nil
		}
	}
	return "", nil
}

// inspect reads what an existing collection has.
func (x *Index) inspect(ctx context.Context, name string) error {
	info, err := x.client.GetCollectionInfo(ctx, name)
	if err != nil {
		return fmt.Errorf("inspect collection: %w", err)
	}
	p := info.GetConfig().GetParams()
	x.dims = int(p.GetVectorsConfig().GetParamsMap().GetMap()[vecDense].GetSize())
	for f := range info.GetPayloadSchema() {
		x.fields[f] = true
	}
	if p.GetSparseVectorsConfig().GetMap()[vecLexical] == nil {
		return fmt.Errorf("collection %s was not made by shopkeeper: choose another name (qdrant.collection)", name)
	}
	return nil
}

// field is a payload key as Qdrant's paths want it: quoted unless it is a plain word.
func field(prefix, name string) string {
	plain := name != ""
	for _, r := range name {
		plain = plain && (r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	}
	if plain {
		return prefix + name
	}
	return prefix + `"` + strings.ReplaceAll(name, `"`, "'") + `"`
}

// known are the fields every catalogue filters by; others get their index when they are first seen.
var known = map[string]qdrant.FieldType{
	keyKind: qdrant.FieldType_FieldTypeKeyword, keyTerms: qdrant.FieldType_FieldTypeInteger,
	tagPrefix + "brand": qdrant.FieldType_FieldTypeKeyword, tagPrefix + "category": qdrant.FieldType_FieldTypeKeyword,
	tagPrefix + "color": qdrant.FieldType_FieldTypeKeyword, tagPrefix + "merchant": qdrant.FieldType_FieldTypeKeyword,
	numPrefix + "price": qdrant.FieldType_FieldTypeFloat, numPrefix + "stock": qdrant.FieldType_FieldTypeFloat,
	numPrefix + "rating": qdrant.FieldType_FieldTypeFloat, numPrefix + "reviews": qdrant.FieldType_FieldTypeFloat,
	numPrefix + "released": qdrant.FieldType_FieldTypeFloat, numPrefix + "discount": qdrant.FieldType_FieldTypeFloat,
}

// mostFields bounds payload indexes: each costs the server memory; a filter on a field without one still works, slower.
const mostFields = 64

// create makes a collection and its payload indexes, before anything is uploaded.
func (x *Index) create(ctx context.Context, name string, dims int) error {
	req := &qdrant.CreateCollection{
		CollectionName:      name,
		SparseVectorsConfig: qdrant.NewSparseVectorsConfig(map[string]*qdrant.SparseVectorParams{vecLexical: {Modifier: qdrant.Modifier_Idf.Enum()}}),
	}
	if dims > 0 {
		req.VectorsConfig = qdrant.NewVectorsConfigMap(map[string]*qdrant.VectorParams{vecDense: {Size: uint64(dims), Distance: qdrant.Distance_Cosine}})
	}
	if err := x.client.CreateCollection(ctx, req); err != nil {
		return fmt.Errorf("create collection: %w", err)
	}
	x.fields = map[string]bool{}
	_, err := x.client.CreateFieldIndex(ctx, &qdrant.CreateFieldIndexCollection{
		CollectionName: name, FieldName: keyTenant, Wait: qdrant.PtrOf(true), FieldType: qdrant.FieldType_FieldTypeKeyword.Enum(),
		FieldIndexParams: qdrant.NewPayloadIndexParamsKeyword(&qdrant.KeywordIndexParams{IsTenant: qdrant.PtrOf(true)}),
	})
	if err != nil {
		return fmt.Errorf("index tenant: %w", err)
	}
	for f, kind := range known {
		if err := x.indexField(ctx, name, f, kind); err != nil {
			return err
		}
	}
	return nil
}

func (x *Index) indexField(ctx context.Context, collection, field string, kind qdrant.FieldType) error {
	_, err := x.client.CreateFieldIndex(ctx, &qdrant.CreateFieldIndexCollection{CollectionName: collection, FieldName: field, FieldType: kind.Enum(), Wait: qdrant.PtrOf(true)})
	if err != nil {
		return fmt.Errorf("index field %s: %w", field, err)
	}
	x.fields[field] = true
	return nil
}

// newFields indexes the fields of docs that have no index yet, while there is room.
func (x *Index) newFields(ctx context.Context, collection string, docs []retrieval.Doc) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, d := range docs {
		for f := range d.Tags {
			if f = field(tagPrefix, f); !x.fields[f] && len(x.fields) < mostFields {
				if err := x.indexField(ctx, collection, f, qdrant.FieldType_FieldTypeKeyword); err != nil {
					return err
				}
			}
		}
		for f := range d.Numbers {
			if f = field(numPrefix, f); !x.fields[f] && len(x.fields) < mostFields {
				if err := x.indexField(ctx, collection, f, qdrant.FieldType_FieldTypeFloat); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
