package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"regexp"
	"sort"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"

	"shopkeeper/gateway/usage"
	"shopkeeper/shop"
)

// Settings is everything that a file, the environment or a flag may set: one struct, read by kong (flags, environment,
// defaults, help) and by TOML. A flag wins over the environment, that over the file, that over the default.
type Settings struct {
	Addr        string            `name:"addr" toml:"addr" env:"SHOPKEEPER_ADDR" default:"127.0.0.1:8080" help:"Address to listen on."`
	MetricsAddr string            `name:"metrics-addr" toml:"metrics_addr" env:"SHOPKEEPER_METRICS_ADDR" default:"127.0.0.1:9464" help:"Operator's listener (/metrics, detailed readiness), or off."`
	Storefront  string            `name:"storefront" toml:"storefront" env:"SHOPKEEPER_STOREFRONT" default:"" help:"Tenant whose demo storefront stands at /; empty: none."`
	Prompts     string            `name:"prompts" toml:"prompts" env:"SHOPKEEPER_PROMPTS" default:"" help:"Folder of prompt templates that replace the built-in ones."`
	LogLevel    string            `name:"log-level" toml:"log_level" env:"SHOPKEEPER_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
	LogContent  bool              `name:"log-content" toml:"log_content" env:"SHOPKEEPER_LOG_CONTENT" default:"false" help:"Log what shoppers and assistants write; card numbers, telephone numbers and e-mail addresses are masked."`
	Proxies     []string          `name:"trusted-proxies" toml:"trusted_proxies" env:"SHOPKEEPER_TRUSTED_PROXIES" help:"Networks (CIDR) whose X-Forwarded-For is believed."`
	Drain       time.Duration     `name:"drain" toml:"drain" default:"20s" help:"How long running turns may take to end after SIGTERM."`
	DB          string            `kong:"-" name:"db" toml:"db" env:"SHOPKEEPER_DB" default:"" secret:"1" help:"PostgreSQL URL, for replicas; $NAME takes it from the environment. Empty: SQLite in the data folder."`
	Redis       string            `name:"redis" toml:"redis" env:"SHOPKEEPER_REDIS" default:"" secret:"1" help:"Redis URL, redis://user:password@host:6379, which replicas share; $NAME takes it from the environment. Empty: one process alone."`
	Model       ModelSettings     `embed:"" toml:"model"`
	Embed       EmbedSettings     `embed:"" toml:"embed"`
	Index       IndexSettings     `embed:"" toml:"qdrant"`
	Chat        ChatSettings      `embed:"" toml:"chat"`
	Limits      LimitSettings     `embed:"" toml:"limits"`
	OIDC        OIDCSettings      `embed:"" toml:"oidc"`
	Mail        MailSettings      `embed:"" toml:"mail"`
	Cache       CacheSettings     `embed:"" toml:"cache"`
	Traces      TraceSettings     `embed:"" toml:"traces"`
	Retention   RetentionSettings `embed:"" toml:"retention"`
	Lists       `kong:"-"`
}

// ModelSettings put an OpenAI-compatible endpoint behind the assistants.
type ModelSettings struct {
	URL     string         `name:"model-url" toml:"url" env:"SHOPKEEPER_MODEL_URL" default:"" help:"Base URL of an OpenAI-compatible endpoint; empty: the built-in assistant answers."`
	Name    string         `name:"model" toml:"name" env:"SHOPKEEPER_MODEL" default:"" help:"Model name at that endpoint."`
	Key     string         `name:"model-key" toml:"key" env:"SHOPKEEPER_MODEL_KEY" default:"" secret:"1" help:"Key of that endpoint."`
	Tools   string         `name:"model-tools" toml:"tools" env:"SHOPKEEPER_MODEL_TOOLS" default:"native" enum:"native,schema,text" help:"How tools are offered: native, schema (response_format) or text (in the prompt)."`
	Window  int            `name:"model-window" toml:"window" env:"SHOPKEEPER_MODEL_WINDOW" default:"32768" help:"Context length in tokens."`
	First   time.Duration  `name:"model-first" toml:"first_delta" default:"30s" help:"Longest wait for the first word."`
	Headers []string       `name:"model-header" toml:"headers" secret:"1" help:"Extra request headers, as Name: value."`
	Extra   map[string]any `kong:"-" toml:"extra" help:"Extra fields of the request's body, such as thinking."`
}

// EmbedSettings add the dense leg of search.
type EmbedSettings struct {
	URL   string `name:"embed-url" toml:"url" env:"SHOPKEEPER_EMBED_URL" default:"" help:"Base URL of an OpenAI-compatible embeddings endpoint; empty: lexical search."`
	Model string `name:"embed-model" toml:"model" env:"SHOPKEEPER_EMBED_MODEL" default:"" help:"Embedding model."`
	Key   string `name:"embed-key" toml:"key" env:"SHOPKEEPER_EMBED_KEY" default:"" secret:"1" help:"Key of that endpoint."`
	Batch int    `name:"embed-batch" toml:"batch" default:"64" help:"Texts a request."`
}

// IndexSettings choose Qdrant in place of the embedded index.
type IndexSettings struct {
	URL        string `name:"qdrant" toml:"url" env:"SHOPKEEPER_QDRANT" default:"" help:"Qdrant's gRPC address, qdrant://HOST:6334 (qdrants:// with TLS); empty: the embedded index."`
	Key        string `name:"qdrant-key" toml:"key" env:"SHOPKEEPER_QDRANT_KEY" default:"" secret:"1" help:"Qdrant's API key; needs TLS unless the host is loopback."`
	Collection string `name:"qdrant-collection" toml:"collection" default:"shopkeeper" help:"Alias under which the collection is served."`
}

// ChatSettings bound a turn.
type ChatSettings struct {
	Grace     time.Duration `name:"resume-grace" toml:"resume_grace" default:"15s" help:"How long a turn runs on when its reader is gone."`
	Deadline  time.Duration `name:"turn-deadline" toml:"turn_deadline" default:"2m" help:"Longest turn."`
	Rounds    int           `name:"turn-rounds" toml:"turn_rounds" default:"8" help:"Most rounds of tool calls in a turn."`
	MaxTokens int           `name:"turn-tokens" toml:"turn_tokens" default:"2048" help:"Longest answer, in tokens."`
}

// CacheSettings keep answers of raw aliases, to be given again to the same request.
type CacheSettings struct {
	Bytes int64         `name:"cache-bytes" toml:"bytes" default:"33554432" help:"Most bytes of answers that are kept in memory; 0: none."`
	TTL   time.Duration `name:"cache-ttl" toml:"ttl" default:"1h" help:"How long an answer is kept."`
}

// TraceSettings send OpenTelemetry's spans to a collector.
type TraceSettings struct {
	URL     string   `name:"otlp" toml:"otlp" env:"OTEL_EXPORTER_OTLP_ENDPOINT" default:"" help:"OTLP/HTTP address that spans go to, such as http://127.0.0.1:4318; empty: none are made."`
	Headers []string `name:"otlp-header" toml:"headers" secret:"1" help:"Extra headers of those requests, as Name: value; a value of $NAME comes from the environment."`
	Ratio   float64  `name:"trace-ratio" toml:"ratio" default:"1" help:"Share of requests that are traced."`
	Content bool     `name:"trace-content" toml:"content" default:"false" help:"Put what shoppers and assistants write into the spans."`
}

// RetentionSettings say for how many days records are kept that grow without end; 0: for ever.
type RetentionSettings struct {
	Conversations int `name:"keep-conversations" toml:"conversations" default:"0" help:"Days that a conversation is kept after its last message; 0: for ever."`
	Calls         int `name:"keep-calls" toml:"calls" default:"0" help:"Days that the accounts of calls are kept; 0: for ever. Limits on a month's money need 31."`
	Audit         int `name:"keep-audit" toml:"audit" default:"0" help:"Days that the audit is kept; 0: for ever."`
	Outbox        int `name:"keep-outbox" toml:"outbox" default:"0" help:"Days that it is kept which mails and webhooks were sent or given up, without what they said; 0: for ever."`
}

// OIDCSettings let staff sign in at their own provider; [[staff]] says who they are here.
type OIDCSettings struct {
	Issuer   string `name:"oidc-issuer" toml:"issuer" env:"SHOPKEEPER_OIDC_ISSUER" default:"" help:"Address of the OpenID Connect provider that staff sign in at; empty: keys alone."`
	Client   string `name:"oidc-client-id" toml:"client_id" env:"SHOPKEEPER_OIDC_CLIENT_ID" default:"" help:"Client id there."`
	Secret   string `name:"oidc-client-secret" toml:"client_secret" env:"SHOPKEEPER_OIDC_CLIENT_SECRET" default:"" secret:"1" help:"Client secret there; $NAME takes it from the environment."`
	Redirect string `name:"oidc-redirect-url" toml:"redirect_url" env:"SHOPKEEPER_OIDC_REDIRECT_URL" default:"" help:"Callback as browsers see it: https://HOST/api/login/oidc/callback."`
	Claim    string `name:"oidc-claim" toml:"claim" default:"groups" help:"Claim of the ID token with a person's groups."`
}

func (o OIDCSettings) check(groups int) error {
	switch {
	case o.Issuer == "" && groups == 0:
		return nil
	case o.Issuer == "":
		return errors.New("[[staff]] needs [oidc]: set oidc.issuer, client_id, client_secret and redirect_url")
	case o.Client == "" || o.Redirect == "":
		return errors.New("oidc.issuer is set: oidc.client_id and oidc.redirect_url must be set too")
	case !strings.HasPrefix(o.Issuer, "https://") && !strings.HasPrefix(o.Issuer, "http://127.0.0.1") && !strings.HasPrefix(o.Issuer, "http://localhost"):
		return fmt.Errorf("oidc.issuer is %q; it must begin with https://", o.Issuer)
	case !strings.HasSuffix(o.Redirect, "/api/login/oidc/callback"):
		return fmt.Errorf("oidc.redirect_url is %q; it must end with /api/login/oidc/callback", o.Redirect)
	case groups == 0:
		return errors.New("oidc.issuer is set, but no [[staff]] says which group may be what here")
	}
	return nil
}

// LimitSettings hold for everybody who has no limits of their own. Replicas that share a Redis count together.
type LimitSettings struct {
	KeyRate    float64 `name:"limit-key-rate" toml:"key_rate" default:"50" help:"Requests a second and key."`
	Anonymous  int     `name:"limit-anonymous" toml:"anonymous_sessions" default:"60" help:"Anonymous sessions an hour and address."`
	TurnsDay   int     `name:"limit-turns" toml:"turns_a_day" default:"500" help:"Turns a day and shopper."`
	TokensDay  int64   `name:"limit-tokens" toml:"tokens_a_day" default:"1000000" help:"Model tokens a day and shopper."`
	SessionTTL string  `name:"session-ttl" toml:"session_ttl" default:"30m" help:"Life of a browser token."`

	Key     QuotaSettings `embed:"" prefix:"limit-key-" toml:"key"`
	Shopper QuotaSettings `embed:"" prefix:"limit-shopper-" toml:"shopper"`
	Tenant  QuotaSettings `embed:"" prefix:"limit-tenant-" toml:"tenant"`
}

// QuotaSettings are the limits of a key, a shopper or a tenant.
type QuotaSettings struct {
	Requests   int64   `name:"requests" toml:"requests" default:"0" help:"Requests a minute that cost something; 0: no limit."`
	Tokens     int64   `name:"tokens" toml:"tokens" default:"0" help:"Tokens a minute; 0: no limit."`
	Streams    int64   `name:"streams" toml:"streams" default:"0" help:"Answers under way at once; 0: no limit."`
	MoneyDay   float64 `name:"money-day" toml:"money_day" default:"0" help:"Money a day (UTC), in the currency of the targets' prices; 0: no limit."`
	MoneyMonth float64 `name:"money-month" toml:"money_month" default:"0" help:"Money a month (UTC); 0: no limit."`
}

func (q QuotaSettings) limits() shop.Limits {
	money := func(v float64) int64 { return int64(math.Round(v * 1e9)) }
	return shop.Limits{Requests: q.Requests, Tokens: q.Tokens, Streams: q.Streams, NanoDay: money(q.MoneyDay), NanoMon: money(q.MoneyMonth)}
}

func (l LimitSettings) defaults() usage.Default {
	return usage.Default{Key: l.Key.limits(), Shopper: l.Shopper.limits(), Tenant: l.Tenant.limits()}
}

func (q QuotaSettings) check(where string) error {
	if min(q.Requests, q.Tokens, q.Streams) < -1 || min(q.MoneyDay, q.MoneyMonth) < -1 {
		return fmt.Errorf("%s: a limit is 0 (none said), -1 (none at all) or above", where)
	}
	return nil
}

// leaf is one setting with all its names.
type leaf struct {
	path, flag, help, def string
	secret                bool
	index                 []int
}

// leaves walks a settings struct in order.
func leaves(t reflect.Type, path string, index []int) (out []leaf) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous { // the lists have no flags
			continue
		}
		key := path + f.Tag.Get("toml")
		at := append(append([]int(nil), index...), i)
		if _, section := f.Tag.Lookup("embed"); section {
			for _, l := range leaves(f.Type, key+".", at) {
				l.flag = f.Tag.Get("prefix") + l.flag
				out = append(out, l)
			}
			continue
		}
		out = append(out, leaf{path: key, flag: f.Tag.Get("name"), help: f.Tag.Get("help"), def: f.Tag.Get("default"), secret: f.Tag.Get("secret") != "", index: at})
	}
	return out
}

func settingLeaves() []leaf { return leaves(reflect.TypeFor[Settings](), "", nil) }

// readFile decodes a configuration file; its errors name file, line and, for an unknown key, the nearest one.
func readFile(file string) (Settings, toml.MetaData, error) {
	var s Settings
	raw, err := os.ReadFile(file)
	if err != nil {
		return s, toml.MetaData{}, fmt.Errorf("read configuration: %w", err)
	}
	md, err := toml.Decode(string(raw), &s)
	if err != nil {
		var p toml.ParseError
		if errors.As(err, &p) {
			return s, md, fmt.Errorf("%s:%d: %s", file, p.Position.Line, firstLine(p.Message, p.LastKey))
		}
		if m := wrongType.FindStringSubmatch(err.Error()); m != nil {
			return s, md, fmt.Errorf("%s:%s: %s: %s", file, m[1], m[2], m[3])
		}
		return s, md, fmt.Errorf("%s: %w", file, err)
	}
	known := map[string]bool{}
	var names []string
	for _, l := range settingLeaves() {
		known[l.path] = true
		names = append(names, l.path)
	}
	for _, e := range listEntries() {
		names = append(names, e.path)
	}
	for _, k := range md.Undecoded() {
		key := k.String()
		if strings.HasPrefix(key, "model.extra.") {
			continue
		}
		return s, md, fmt.Errorf("%s:%d: unknown key %q; did you mean %q?", file, lineOf(string(raw), k), key, nearest(key, names))
	}
	for _, l := range settingLeaves() {
		if !md.IsDefined(strings.Split(l.path, ".")...) {
			continue
		}
		if enum := fieldOf(l.index).Tag.Get("enum"); enum != "" {
			v := reflect.ValueOf(s).FieldByIndex(l.index).String()
			if !strings.Contains(","+enum+",", ","+v+",") {
				return s, md, fmt.Errorf("%s:%d: %s is %q; it must be one of %s", file, lineOf(string(raw), strings.Split(l.path, ".")), l.path, v, strings.ReplaceAll(enum, ",", ", "))
			}
		}
	}
	var m *misfit
	switch err := s.check(); {
	case errors.As(err, &m):
		return s, md, fmt.Errorf("%s:%d: %w", file, m.line(string(raw)), err)
	case err != nil:
		return s, md, fmt.Errorf("%s: %w", file, err)
	}
	return s, md, nil
}

// wrongType takes the library's text for a value of another type apart: line, key, what is wrong.
var wrongType = regexp.MustCompile(`^toml: line (\d+) \(last key "([^"]*)"\): (.*)`)

// check refuses settings that cannot work together.
func (s Settings) check() error {
	switch {
	case s.Model.URL != "" && s.Model.Name == "":
		return errors.New("model.url is set but model.name is not: name the model (--model NAME)")
	case s.Model.URL == "" && s.Model.Name != "":
		return errors.New("model.name is set but model.url is not: name the endpoint (--model-url URL)")
	case s.Embed.URL != "" && s.Embed.Model == "":
		return errors.New("embed.url is set but embed.model is not: name the embedding model (--embed-model NAME)")
	}
	for name, u := range map[string]string{"model.url": s.Model.URL, "embed.url": s.Embed.URL} {
		if u != "" && !strings.HasPrefix(u, "http://") && !strings.HasPrefix(u, "https://") {
			return fmt.Errorf("%s is %q; it must begin with http:// or https://", name, u)
		}
	}
	for name, q := range map[string]QuotaSettings{"key": s.Limits.Key, "shopper": s.Limits.Shopper, "tenant": s.Limits.Tenant} {
		if err := q.check("limits." + name); err != nil {
			return err
		}
	}
	if s.Traces.Ratio < 0 || s.Traces.Ratio > 1 {
		return fmt.Errorf("traces.ratio is %v; it is a share, from 0 to 1", s.Traces.Ratio)
	}
	for name, days := range map[string]int{"conversations": s.Retention.Conversations, "calls": s.Retention.Calls, "audit": s.Retention.Audit, "outbox": s.Retention.Outbox} {
		if days < 0 || days > 36500 {
			return fmt.Errorf("retention.%s is %d; it is a number of days, 0 for ever", name, days)
		}
	}
	if err := s.OIDC.check(len(s.Staff)); err != nil {
		return err
	}
	if err := s.Mail.check(); err != nil {
		return err
	}
	if s.Cache.Bytes < 0 || s.Cache.TTL < 0 {
		return errors.New("cache.bytes and cache.ttl must not be negative; 0 keeps no answers")
	}
	if r := s.Redis; r != "" && !strings.HasPrefix(r, "$") && !strings.HasPrefix(r, "redis://") && !strings.HasPrefix(r, "rediss://") {
		return fmt.Errorf("redis must be a URL such as redis://user:password@host:6379")
	}
	if db := s.DB; db != "" && !strings.HasPrefix(db, "$") && !strings.HasPrefix(db, "postgres://") && !strings.HasPrefix(db, "postgresql://") {
		return fmt.Errorf("db must be a PostgreSQL URL, postgres://user:password@host:5432/shop; without one the records are in the data folder")
	}
	return s.Lists.check(s)
}

func fieldOf(index []int) reflect.StructField { return reflect.TypeFor[Settings]().FieldByIndex(index) }

// overlay puts the file's values where neither a flag nor the environment gave one.
func (s *Settings) overlay(file string, ctx *kong.Context) error {
	if file == "" {
		return s.check()
	}
	from, md, err := readFile(file)
	if err != nil {
		return err
	}
	given := map[string]bool{}
	for _, p := range ctx.Path {
		if p.Flag != nil {
			given[p.Flag.Name] = true
		}
	}
	dst, src := reflect.ValueOf(s).Elem(), reflect.ValueOf(from)
	for _, l := range settingLeaves() {
		_, env := os.LookupEnv(fieldOf(l.index).Tag.Get("env"))
		if given[l.flag] || env || !md.IsDefined(strings.Split(l.path, ".")...) {
			continue
		}
		dst.FieldByIndex(l.index).Set(src.FieldByIndex(l.index))
	}
	s.Lists = from.Lists
	return s.check()
}

// print writes every setting with its help as TOML; secrets are masked.
func (s Settings) print(w io.Writer) error {
	section := ""
	v := reflect.ValueOf(s)
	for _, l := range settingLeaves() {
		sec, key := "", l.path
		if i := strings.LastIndexByte(l.path, '.'); i >= 0 {
			sec, key = l.path[:i], l.path[i+1:]
		}
		if sec != section {
			section = sec
			fmt.Fprintf(w, "\n[%s]\n", sec)
		}
		val := v.FieldByIndex(l.index).Interface()
		if l.secret && !v.FieldByIndex(l.index).IsZero() {
			val = masked(val)
		}
		enc, err := tomlValue(val)
		if err != nil {
			return fmt.Errorf("print %s: %w", l.path, err)
		}
		def := l.def
		if def == "" {
			def = "empty"
		}
		if _, err := fmt.Fprintf(w, "# %s Default: %s.\n%s = %s\n", l.help, def, key, enc); err != nil {
			return err
		}
	}
	return s.Lists.print(w)
}

// shownURL is an address without its user and password.
func shownURL(s string) string { return userinfo.ReplaceAllString(s, "://***@") }

var userinfo = regexp.MustCompile(`://[^/@\s]+@`)

func tomlValue(v any) (string, error) {
	switch x := v.(type) {
	case string:
		v = shownURL(x)
	case map[string]any:
		keys := make([]string, 0, len(x))
		for k := range x {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		parts := make([]string, 0, len(x))
		for _, k := range keys {
			e, err := tomlValue(x[k])
			if err != nil {
				return "", err
			}
			parts = append(parts, fmt.Sprintf("%q = %s", k, e))
		}
		return "{" + strings.Join(parts, ", ") + "}", nil
	case time.Duration:
		return fmt.Sprintf("%q", x), nil
	case QuotaSettings: // as one line, of what is set
		var parts []string
		for v, i := reflect.ValueOf(x), 0; i < v.NumField(); i++ {
			if !v.Field(i).IsZero() {
				parts = append(parts, fmt.Sprintf("%s = %v", v.Type().Field(i).Tag.Get("toml"), v.Field(i).Interface()))
			}
		}
		return "{ " + strings.Join(parts, ", ") + " }", nil
	}
	b, err := toml.Marshal(map[string]any{"v": v})
	if err != nil {
		return "", err
	}
	if len(b) == 0 {
		return "[]", nil // a nil slice
	}
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(string(b)), "v = ")), nil
}

// lineOf finds the line of a key in TOML text, 1-based; 1 when it is not found as written.
func lineOf(text string, key toml.Key) int {
	section := ""
	want, last := strings.Join(key[:len(key)-1], "."), key[len(key)-1]
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = strings.Trim(strings.SplitN(line, "#", 2)[0], "[] \t")
			if section == key.String() {
				return i + 1
			}
			continue
		}
		name, _, ok := strings.Cut(line, "=")
		name = strings.Trim(strings.TrimSpace(name), `"'`)
		if ok && (section == want && name == last || section == "" && name == key.String()) {
			return i + 1
		}
	}
	return 1
}

func firstLine(msg, key string) string {
	msg, _, _ = strings.Cut(msg, "\n")
	if key != "" {
		return fmt.Sprintf("%s (key %q)", msg, key)
	}
	return msg
}

// nearest is the name with the smallest edit distance.
func nearest(s string, names []string) string {
	best, dist := "", 1<<30
	for _, n := range names {
		if d := distance(s, n); d < dist {
			best, dist = n, d
		}
	}
	return best
}

func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			prev, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, prev+cost)
		}
	}
	return row[len(b)]
}
