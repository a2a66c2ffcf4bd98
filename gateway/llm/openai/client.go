// Package openai talks to any OpenAI-compatible endpoint that serves open models: DeepSeek, vLLM, SGLang, llama.cpp, Ollama.
// It cures what such endpoints, and the client library, get wrong, so that its users see one clean stream.
package openai

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	goopenai "github.com/sashabaranov/go-openai"

	"shopkeeper/gateway/llm"
)

// How an endpoint is asked for tool calls.
const (
	Native = "native" // tools and tool_calls of the wire
	Schema = "schema" // response_format json_schema: the grammar binds the model (llama.cpp, vLLM, SGLang)
	Text   = "text"   // by the prompt alone
)

// Options of a Client. URL and Model are required, the rest has defaults.
type Options struct {
	Name   string                     // for errors; "" = Model
	URL    string                     // base address, with or without /v1
	Model  string                     // as the endpoint names it
	Key    string                     // bearer token; "" = none is sent
	Tools  string                     // Native (default), Schema, Text
	Header http.Header                // added to every request
	Extra  map[string]json.RawMessage // merged into the body and stronger than what is there; null removes a field
	Window int                        // context in tokens; 0 = unknown
	HTTP   *http.Client               // nil = a transport of its own; its Timeout would cut streams and is not used
	TLS    *tls.Config                // of that transport; nil = the system's authorities

	Connect    time.Duration // to a connection, with HTTP nil; 0 = 5 s
	Headers    time.Duration // to the response's head; 0 = 90 s
	FirstDelta time.Duration // to the first text, reasoning or call; 0 = 120 s
	Progress   time.Duration // between deltas; keep-alive comments do not count; 0 = 60 s
	Liveness   time.Duration // between any two bytes; 0 = 60 s

	NewID func() string // ids for calls that came without; nil = random
}

// Client is one model of one endpoint. It is an llm.Model and may be used by many goroutines.
type Client struct {
	o      Options
	base   string
	wire   *wire
	quirks quirks
}

// New checks o and makes a client. It does not connect.
func New(o Options) (*Client, error) {
	base, err := baseURL(o.URL)
	if err != nil {
		return nil, fmt.Errorf("read model url: %w", err)
	}
	if strings.TrimSpace(o.Model) == "" {
		return nil, errors.New("read model: its name is empty")
	}
	switch o.Tools {
	case "":
		o.Tools = Native
	case Native, Schema, Text:
	default:
		return nil, fmt.Errorf("read model tools: %q is none of native, schema, text", o.Tools)
	}
	for k, v := range o.Extra {
		if !json.Valid(v) {
			return nil, fmt.Errorf("read model extras: the value of %q is no JSON", k)
		}
	}
	if o.Name == "" {
		o.Name = o.Model
	}
	o.Connect = or(o.Connect, 5*time.Second)
	o.Headers = or(o.Headers, 90*time.Second)
	o.FirstDelta = or(o.FirstDelta, 120*time.Second)
	o.Progress = or(o.Progress, time.Minute)
	o.Liveness = or(o.Liveness, time.Minute)
	if o.NewID == nil {
		o.NewID = func() string { return "call_" + rand.Text()[:20] }
	}
	w := newWire(o.HTTP, o.Connect, o.Header)
	if o.TLS != nil && w.own != nil {
		w.own.TLSClientConfig = o.TLS
	}
	return newClient(o, base, w), nil
}

func newClient(o Options, base string, w *wire) *Client {
	c := &Client{o: o, base: base, wire: w}
	c.quirks.thinks.Store(asksToThink(o.Extra))
	return c
}

// Keyed is the same model with another key of its provider, over the same connections.
func (c *Client) Keyed(key string) llm.Model {
	if key == c.o.Key {
		return c
	}
	o := c.o
	o.Key = key
	return newClient(o, c.base, c.wire)
}

// Close drops idle connections. Running streams go on.
func (c *Client) Close() { c.wire.closeIdle() }

func newAPI(key, base string, w *wire) *goopenai.Client {
	conf := goopenai.DefaultConfig(key)
	conf.BaseURL = base
	conf.HTTPClient = w.client
	return goopenai.NewClientWithConfig(conf)
}

// wire is the HTTP side: what go-openai cannot do to a request or a response is done in its RoundTrip.
type wire struct {
	client *http.Client
	next   http.RoundTripper
	own    *http.Transport // nil when the transport was given
	header http.Header
}

func newWire(given *http.Client, connect time.Duration, header http.Header) *wire {
	w := &wire{header: header}
	if given != nil {
		w.next = given.Transport
		if w.next == nil {
			w.next = http.DefaultTransport
		}
	} else {
		w.own = &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout:   2 * connect,
			ForceAttemptHTTP2:     true,
			DisableCompression:    true, // a compressed event stream arrives in lumps
			MaxIdleConnsPerHost:   1024, // never fewer than concurrent streams: a new connection costs a handshake a turn
			IdleConnTimeout:       90 * time.Second,
			ExpectContinueTimeout: time.Second,

			MaxResponseHeaderBytes: 256 << 10,

			// A connection for each stream: with the usual four kilobytes each, thousands of them hold more than all else of a stream.
			ReadBufferSize:  2 << 10,
			WriteBufferSize: 2 << 10,
		}
		w.next = w.own
	}
	// A redirect would carry the key and the conversation to an address that nobody configured.
	w.client = &http.Client{Transport: w, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return w
}

func (w *wire) closeIdle() {
	if w.own != nil {
		w.own.CloseIdleConnections()
	}
}

var versioned = regexp.MustCompile(`/v\d+[a-z0-9]*(/|$)`)

// baseURL adds /v1 to a bare address. A path that already names a version, or is anything but empty, is kept:
// some endpoints live at /api/paas/v4 or /openai.
func baseURL(s string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil {
		return "", err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("%q is no http or https address", u.Redacted())
	}
	u.RawQuery, u.Fragment = "", ""
	path := strings.TrimRight(u.Path, "/")
	for _, route := range []string{"/chat/completions", "/embeddings", "/models"} {
		path = strings.TrimSuffix(path, route)
	}
	if path == "" && !versioned.MatchString(path) {
		path = "/v1"
	}
	u.Path, u.RawPath = path, ""
	return u.String(), nil
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
