package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// cli runs a command in place.
func cli(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(context.Background(), args, &out, &err)
	return code, out.String(), err.String()
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	f := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(f, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

// What config print writes is a file that config check accepts, with every setting in it.
func TestConfigPrintIsAFile(t *testing.T) {
	code, out, errs := cli(t, "config", "print")
	if code != 0 {
		t.Fatalf("config print: %d %s", code, errs)
	}
	for _, l := range settingLeaves() {
		key := l.path[strings.LastIndexByte(l.path, '.')+1:]
		if !strings.Contains(out, "\n"+key+" = ") {
			t.Errorf("config print lacks %s", l.path)
		}
	}
	if code, _, errs := cli(t, "config", "check", write(t, "all.toml", out)); code != 0 {
		t.Errorf("config check of what config print wrote: %d %s\n%s", code, errs, out)
	}
}

func TestConfigPrintMasksSecrets(t *testing.T) {
	f := write(t, "c.toml", "[model]\nurl = \"http://127.0.0.1:1\"\nname = \"m\"\nkey = \"sk-very-secret\"\n")
	_, out, _ := cli(t, "config", "print", "--config", f)
	if strings.Contains(out, "very-secret") || !strings.Contains(out, `key = "***"`) {
		t.Errorf("the key is printed:\n%s", out)
	}
	if !strings.Contains(out, `name = "m"`) {
		t.Errorf("the file's settings are not printed:\n%s", out)
	}
}

func TestConfigCheck(t *testing.T) {
	for _, c := range []struct{ name, toml, want string }{
		{"unknown key", "addr = \":1\"\nadr = \":2\"\n", `:2: unknown key "adr"; did you mean "addr"?`},
		{"unknown key in a section", "\n[model]\nurll = \"x\"\n", `:3: unknown key "model.urll"; did you mean "model.url"?`},
		{"unknown section", "[modell]\nurl = \"x\"\n", `unknown key "modell`},
		{"no TOML", "addr = \n", ":1: "},
		{"wrong type", "[chat]\nturn_rounds = \"many\"\n", ":2: "},
		{"bad choice", "[model]\nurl = \"http://h\"\nname = \"m\"\ntools = \"magic\"\n", `:4: model.tools is "magic"; it must be one of native, schema, text`},
		{"half a model", "[model]\nurl = \"http://h\"\n", "model.name is not"},
		{"no address", "[embed]\nurl = \"h:1\"\nmodel = \"m\"\n", "must begin with http"},
	} {
		code, out, errs := cli(t, "config", "check", write(t, "c.toml", c.toml))
		if code != 1 || out != "" || !strings.Contains(errs, c.want) || strings.Count(strings.TrimSpace(errs), "\n") != 0 {
			t.Errorf("%s: code %d, %q, %q; want 1 and one sentence with %q", c.name, code, out, errs, c.want)
		}
	}
	good := "[model]\nurl = \"https://api.deepseek.com\"\nname = \"deepseek-chat\"\nkey = \"k\"\n[model.extra]\nthinking = {type = \"disabled\"}\n"
	if code, out, errs := cli(t, "config", "check", write(t, "c.toml", good)); code != 0 || !strings.Contains(out, "good") {
		t.Errorf("a good file: %d %s", code, errs)
	}
}

// A flag wins over the environment, that over the file, that over the default.
func TestPrecedence(t *testing.T) {
	f := write(t, "c.toml", "addr = \"127.0.0.1:1\"\nlog_level = \"warn\"\n[chat]\nturn_rounds = 3\n")
	t.Setenv("SHOPKEEPER_ADDR", "127.0.0.1:2")
	_, out, _ := cli(t, "config", "print", "--config", f, "--turn-rounds", "5")
	for _, want := range []string{`addr = "127.0.0.1:2"`, `log_level = "warn"`, `turn_rounds = 5`, `turn_tokens = 2048`} {
		if !strings.Contains(out, want) {
			t.Errorf("settings lack %s", want)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"nonsense"}, 2, "nonsense"},
		{[]string{"serve", "--nonsense"}, 2, "--nonsense"},
		{[]string{"serve", "--demo", "--addr", "0.0.0.0:8080"}, 2, "loopback only"},
		{[]string{"serve", "--demo", "--addr", "127.0.0.1:0", "--today", "tomorrow"}, 2, "YYYY-MM-DD"},
		{[]string{"import", "--tenant", "t"}, 2, "nothing to import"},
		{[]string{"keys", "add", "--tenant", "t", "--role", "king"}, 2, "king"},
		{[]string{"keys", "add", "--tenant", "t", "--role", "widget"}, 2, "--origin"},
		{[]string{"tenant", "add", "T", "--currency", "USD"}, 2, "tenant id"},
		{[]string{"tenant", "add", "t", "--currency", "dollars"}, 2, "ISO 4217"},
		{[]string{"tenant", "add", "t", "--currency", "USD", "--zone", "Moon/Base"}, 2, "IANA"},
		{[]string{"health", "http://127.0.0.1:1"}, 1, "nothing answers"},
	} {
		t.Setenv("SHOPKEEPER_DATA", t.TempDir())
		code, _, errs := cli(t, c.args...)
		if code != c.code || !strings.Contains(errs, c.want) {
			t.Errorf("shopkeeper %s: code %d, %q; want %d and %q", strings.Join(c.args, " "), code, errs, c.code, c.want)
		}
	}
	for _, cmd := range []string{"serve", "import", "reindex", "tenant", "keys", "config", "doctor", "health", "demo", "eval"} {
		if code, out, errs := cli(t, cmd, "--help"); code != 0 || !strings.Contains(out, "Usage: shopkeeper "+cmd) {
			t.Errorf("shopkeeper %s --help: code %d, %s%s", cmd, code, out, errs)
		}
	}
}

func TestTenantsAndKeys(t *testing.T) {
	t.Setenv("SHOPKEEPER_DATA", t.TempDir())
	if code, _, errs := cli(t, "keys", "add", "--tenant", "acme", "--role", "app"); code != 1 || !strings.Contains(errs, "tenant add acme") {
		t.Errorf("a key for an unknown tenant: %d %s", code, errs)
	}
	for range 2 {
		if code, _, errs := cli(t, "tenant", "add", "acme", "--currency", "eur", "--zone", "Europe/Berlin"); code != 0 {
			t.Fatalf("tenant add: %s", errs)
		}
	}
	if code, _, errs := cli(t, "tenant", "add", "acme", "--currency", "USD"); code != 1 || !strings.Contains(errs, "EUR") {
		t.Errorf("another currency: %d %s", code, errs)
	}
	code, secret, errs := cli(t, "keys", "add", "--tenant", "acme", "--role", "app")
	secret = strings.TrimSpace(secret)
	if code != 0 || !strings.HasPrefix(secret, "sk_") || len(secret) < 30 {
		t.Fatalf("keys add: %d %q %s", code, secret, errs)
	}
	_, list, _ := cli(t, "keys", "list")
	id, _, _ := strings.Cut(list, "\t")
	if !strings.Contains(list, "\tapp\t") || strings.Contains(list, secret) || !strings.Contains(list, "active") {
		t.Errorf("keys list: %q", list)
	}
	if code, _, errs := cli(t, "keys", "revoke", id); code != 0 {
		t.Errorf("keys revoke: %s", errs)
	}
	if code, _, errs := cli(t, "keys", "revoke", "key_none"); code != 1 || !strings.Contains(errs, "keys list") {
		t.Errorf("revoking an unknown key: %d %s", code, errs)
	}
	if _, list, _ = cli(t, "keys", "list"); !strings.Contains(list, "revoked") {
		t.Errorf("keys list after revoking: %q", list)
	}
}
