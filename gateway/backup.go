package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"shopkeeper/shop"
)

// BackupCmd copies the records into a file while the shop runs.
type BackupCmd struct {
	Files
	Out  string `help:"File to write; it must not be there yet." required:"" type:"path" placeholder:"F"`
	JSON bool   `help:"Print the result as JSON."`
}

func (c *BackupCmd) Run(e *env) error {
	if _, err := os.Stat(c.Out); !errors.Is(err, fs.ErrNotExist) {
		return misuse("%s is there already: name another file", c.Out)
	}
	st, err := c.openStore(e.ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	// What carries the name is whole. It holds people's conversations, so nobody else on the machine reads it.
	f, err := os.CreateTemp(filepath.Dir(c.Out), ".backup-*")
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	defer os.Remove(f.Name())
	rows, err := st.Backup(e.ctx, f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), c.Out); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if err := audited(e.ctx, st, shop.AuditEntry{Act: "backup", Object: filepath.Base(c.Out)}); err != nil {
		return err
	}
	return report(e, c.JSON, "backed up", c.Out, rows)
}

// RestoreCmd puts a backup's records in place of what is there.
type RestoreCmd struct {
	Files
	From    string `help:"File that backup wrote." required:"" type:"existingfile" placeholder:"F"`
	Replace bool   `help:"Take the place of the records that are there; they are lost."`
	JSON    bool   `help:"Print the result as JSON."`
}

func (c *RestoreCmd) Run(e *env) error {
	st, err := c.openStore(e.ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	rows, err := st.Restore(e.ctx, func() (io.ReadCloser, error) { return os.Open(c.From) }, c.Replace)
	if err != nil {
		return err
	}
	if err := audited(e.ctx, st, shop.AuditEntry{Act: "restore", Object: filepath.Base(c.From)}); err != nil {
		return err
	}
	return report(e, c.JSON, "restored", c.From, rows)
}

func report(e *env, asJSON bool, what, file string, rows map[string]int64) error {
	var all int64
	for _, n := range rows {
		all += n
	}
	if asJSON {
		return printJSON(e.stdout, map[string]any{"file": file, "rows": all, "tables": rows})
	}
	fmt.Fprintf(e.stdout, "%s: %s %d rows, among them %d conversations and %d products\n", file, what, all, rows["conversations"], rows["products"])
	return nil
}
