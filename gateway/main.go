// Command shopkeeper is the one binary: a gateway through which shoppers talk to a shop.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"shopkeeper/gateway/store"
	"shopkeeper/retrieval/ingest"
	"shopkeeper/shop"
)

// CLI is every command. Exit codes: 0 good, 1 what was asked for did not hold or failed, 2 wrong usage.
type CLI struct {
	Serve     ServeCmd     `cmd:"" help:"Serve the shop: chat, API and pages."`
	Import    ImportCmd    `cmd:"" help:"Bring a catalogue feed, documents or offers in."`
	Reindex   ReindexCmd   `cmd:"" help:"Rebuild the index beside the old one, then switch."`
	Tenant    TenantCmd    `cmd:"" help:"Add and list tenants."`
	Keys      KeysCmd      `cmd:"" help:"Add, list and revoke API keys."`
	Assistant AssistantCmd `cmd:"" help:"Switch assistants off and on."`
	Audit     AuditCmd     `cmd:"" help:"Show what staff and operators did."`
	Backup    BackupCmd    `cmd:"" help:"Copy the records into a file while the shop runs."`
	Restore   RestoreCmd   `cmd:"" help:"Put a backup's records in place of what is there."`
	Retention RetentionCmd `cmd:"" help:"Remove what is older than [retention] keeps; a running server does so by itself."`
	Erase     EraseCmd     `cmd:"" help:"Remove what is known of a shopper."`
	Config    ConfigCmd    `cmd:"" help:"Print all settings, or check a file."`
	Doctor    DoctorCmd    `cmd:"" help:"Try model, embedder, Qdrant, database, Redis, connectors and mail; say what is wrong and what to do."`
	Health    HealthCmd    `cmd:"" help:"Exit 0 when the server is ready."`
	Demo      DemoCmd      `cmd:"" help:"Write the demo world as feeds."`
	Connector ConnectorCmd `cmd:"" help:"Test a shop's own order system, or serve one to compare with."`
	Eval      EvalCmd      `cmd:"" help:"Offline suites."`
}

// Files are what every command that touches the store takes.
type Files struct {
	Config string `help:"Configuration file (TOML)." type:"path" env:"SHOPKEEPER_CONFIG" placeholder:"F"`
	Data   string `help:"Folder of the shop's data, created when absent; shopkeeper-data by default, a temporary one for serve --demo." type:"path" env:"SHOPKEEPER_DATA" placeholder:"DIR"`
	DB     string `name:"db" help:"PostgreSQL URL, postgres://user:password@host:5432/shop; empty: SQLite in the data folder." env:"SHOPKEEPER_DB" placeholder:"URL"`
}

// env is what commands get from the process, so that tests can run them in place.
type env struct {
	ctx    context.Context
	kong   *kong.Context
	stdout io.Writer
	stderr io.Writer
}

// fault is an error with an exit code of its own.
type fault struct {
	code int
	err  error
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

func misuse(format string, a ...any) error { return &fault{2, fmt.Errorf(format, a...)} }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program: arguments in, exit code out.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var cli CLI
	exit := -1
	parser, err := kong.New(&cli, kong.Name("shopkeeper"),
		kong.Description("A gateway through which shoppers, support agents and merchants talk to a shop."),
		kong.UsageOnError(), kong.Writers(stdout, stderr), kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}))
	if err != nil {
		fmt.Fprintln(stderr, "shopkeeper:", err)
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		fmt.Fprintf(stderr, "shopkeeper: %s (see shopkeeper --help)\n", err)
		return 2
	}
	err = k.Run(&env{ctx: ctx, kong: k, stdout: stdout, stderr: stderr})
	if err == nil {
		return 0
	}
	code := 1
	var f *fault
	if errors.As(err, &f) {
		code = f.code
	}
	if msg := err.Error(); msg != "" {
		fmt.Fprintf(stderr, "shopkeeper: %s\n", msg)
	}
	return code
}

// database is where the records are: a PostgreSQL URL by flag, environment or file, "" = SQLite in the data folder.
func (f *Files) database() (string, error) {
	if f.DB != "" || f.Config == "" {
		return f.DB, nil
	}
	s, _, err := readFile(f.Config)
	return s.DB, err
}

// openFor is openStore for a tenant that must be there.
func (f *Files) openFor(ctx context.Context, id string) (*store.Store, error) {
	st, err := f.openStore(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := tenant(ctx, st, id); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// openStore opens the database, which other processes may have open too.
func (f *Files) openStore(ctx context.Context) (*store.Store, error) {
	if f.Data == "" {
		f.Data = "shopkeeper-data"
	}
	db, err := f.database()
	if err != nil {
		return nil, misuse("%w", err)
	}
	if db != "" {
		if db, err = secretOf(db); err != nil {
			return nil, misuse("db: %w", err)
		}
		return store.Open(ctx, db, store.Options{Split: ingest.Split})
	}
	if err := os.MkdirAll(f.Data, 0o700); err != nil {
		return nil, fmt.Errorf("create data folder: %w", err)
	}
	st, err := store.Open(ctx, filepath.Join(f.Data, "shopkeeper.db"), store.Options{Split: ingest.Split})
	if err != nil {
		return nil, fmt.Errorf("open the data folder %s: %w", f.Data, err)
	}
	return st, nil
}

// tenant finds a tenant or says how to add it.
func tenant(ctx context.Context, st *store.Store, id string) (shop.Tenant, error) {
	t, err := st.Tenant(ctx, id)
	var e *shop.Error
	if errors.As(err, &e) && e.Kind == shop.NotFound {
		return t, fmt.Errorf("there is no tenant %q: add it with `shopkeeper tenant add %s --currency USD --zone UTC --lang en`", id, id)
	}
	return t, err
}

// printJSON writes one result, indented.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
