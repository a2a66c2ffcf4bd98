package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// HealthCmd is the container's healthcheck.
type HealthCmd struct {
	URL  string `arg:"" optional:"" help:"Address of the server." default:"http://127.0.0.1:8080"`
	JSON bool   `help:"Print the server's answer as JSON."`
}

func (c *HealthCmd) Run(e *env) error {
	if !strings.Contains(c.URL, "://") {
		c.URL = "http://" + c.URL
	}
	ctx, cancel := context.WithTimeout(e.ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(c.URL, "/")+"/readyz", nil)
	if err != nil {
		return misuse("address %q: write http://HOST:PORT", c.URL)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("nothing answers at %s: is shopkeeper serve running there?", c.URL)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	var state struct {
		Status string `json:"status"`
	}
	_ = json.Unmarshal(body, &state)
	if c.JSON {
		fmt.Fprintf(e.stdout, "%s\n", strings.TrimSpace(string(body)))
	} else {
		fmt.Fprintln(e.stdout, state.Status)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s is not ready (%s)", c.URL, res.Status)
	}
	return nil
}
