package main

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"shopkeeper/retrieval/qdrant/qdranttest"

	"gopkg.in/yaml.v3"
)

type composeFile struct {
	Services map[string]service `yaml:"services"`
	Volumes  map[string]any     `yaml:"volumes"`
	Networks map[string]any     `yaml:"networks"`
	Configs  map[string]struct {
		Content string `yaml:"content"`
	} `yaml:"configs"`
}

type service struct {
	Image       string            `yaml:"image"`
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
	ReadOnly    bool              `yaml:"read_only"`
	User        string            `yaml:"user"`
	Volumes     []string          `yaml:"volumes"`
	Networks    []string          `yaml:"networks"`
	Ports       []string          `yaml:"ports"`
	Grace       time.Duration     `yaml:"stop_grace_period"`
	Configs     []struct {
		Source string `yaml:"source"`
	} `yaml:"configs"`
	Healthcheck struct {
		Test []string `yaml:"test"`
	} `yaml:"healthcheck"`
	DependsOn map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
}

func compose(t *testing.T, file string) (c composeFile) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	for name, s := range c.Services {
		for _, v := range s.Volumes {
			volume, _, _ := strings.Cut(v, ":")
			if _, ok := c.Volumes[volume]; !ok {
				t.Errorf("%s: there is no volume %s", name, volume)
			}
		}
		for _, n := range s.Networks {
			if _, ok := c.Networks[n]; !ok {
				t.Errorf("%s: there is no network %s", name, n)
			}
		}
		for need, how := range s.DependsOn {
			other, ok := c.Services[need]
			if !ok || how.Condition == "service_healthy" && len(other.Healthcheck.Test) == 0 {
				t.Errorf("%s waits for %s, which says nothing of its health or does not exist", name, need)
			}
		}
	}
	return c
}

// order of the services in which they wait for each other.
func (c composeFile) order(t *testing.T) (order []string) {
	t.Helper()
	for len(order) < len(c.Services) {
		before := len(order)
		for name, s := range c.Services {
			ready := !slices.Contains(order, name)
			for need := range s.DependsOn {
				ready = ready && slices.Contains(order, need)
			}
			if ready {
				order = append(order, name)
			}
		}
		if len(order) == before {
			t.Fatal("the services wait for each other in a circle")
		}
	}
	return order
}

// run does what a file's services of this program do, as nobody and with nothing writable but data, and returns those that serve.
func (c composeFile) run(t *testing.T, data, qdrant string, environment func(s service) []string) (serving []*process) {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range c.order(t) {
		s := c.Services[name]
		switch {
		case s.Image != "shopkeeper":
			continue
		case !s.ReadOnly || s.User == "" || strings.HasPrefix(s.User, "0"):
			t.Errorf("%s runs with a writable root or as root", name)
		}
		with := func(cmd *exec.Cmd) {
			unprivileged(cmd)
			cmd.Env = append(cmd.Env, environment(s)...)
		}
		args := outside(s.Command, data, qdrant)
		if args[0] == "serve" {
			serving = append(serving, startWith(t, with, bin, args...))
			if len(s.Healthcheck.Test) != 4 || s.Healthcheck.Test[2] != "health" {
				t.Errorf("healthcheck of %s: %q", name, s.Healthcheck.Test)
			}
			continue
		}
		cmd := exec.Command(bin, args...)
		with(cmd)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
	}
	for _, p := range serving {
		within(t, 10*time.Second, "compose's shop is healthy", func() bool { code, _, _ := cli(t, "health", p.url); return code == 0 })
		code, body := request(t, "GET", p.url+"/api/products?q=headphones", "", nil)
		if code != 200 || !strings.Contains(string(body), `"shown"`) || strings.Contains(string(body), `"total":0`) {
			t.Errorf("the shop over Qdrant finds: %d %.300s", code, body)
		}
	}
	return serving
}

func TestCompose(t *testing.T) {
	c := compose(t, "../compose.yaml")
	if len(c.run(t, volume(t), qdrantServer(t), func(service) []string { return nil })) != 1 {
		t.Error("not one service serves")
	}
}

// The servers are real ones in place of the file's; what the file says of them is read.
func TestComposeReplicas(t *testing.T) {
	db, redis := twoServers(t)
	c := compose(t, "../docs/examples/compose-replicas.yaml")
	secret := regexp.MustCompile(`\$\{[A-Z_]+:\?[^}]+\}`) // taken from outside, and the start stops without it
	environment := func(s service) (env []string) {
		for name, v := range s.Environment {
			at := map[string]string{"SHOPKEEPER_DB": db, "SHOPKEEPER_REDIS": redis}[name]
			u, err := url.Parse(secret.ReplaceAllString(v, "secret"))
			if at == "" || err != nil || len(c.Services[u.Hostname()].Healthcheck.Test) == 0 {
				t.Fatalf("%s=%s leads to no service that says how it is (%v)", name, v, err)
			}
			env = append(env, name+"="+at)
		}
		return env
	}
	for name, s := range c.Services {
		for key, v := range s.Environment {
			u, _ := url.Parse(secret.ReplaceAllString(v, "secret"))
			clear := strings.Contains(key, "PASSWORD") || strings.Contains(key, "AUTH") || u != nil && u.User != nil
			if clear && !secret.MatchString(v) {
				t.Errorf("%s: %s stands in clear", name, key)
			}
		}
		if i := slices.Index(s.Command, "--requirepass"); i >= 0 && !secret.MatchString(s.Command[i+1]) {
			t.Errorf("%s: a password in clear", name)
		}
		if len(s.Ports) > 0 && (name != "front" || !strings.HasPrefix(s.Ports[0], "127.0.0.1:")) {
			t.Errorf("%s is open to everybody: %q", name, s.Ports)
		}
	}
	ps := c.run(t, volume(t), qdrantServer(t), environment)
	if len(ps) != 2 {
		t.Fatalf("%d replicas", len(ps))
	}
	front := c.Configs[c.Services["front"].Configs[0].Source].Content
	for name, s := range c.Services {
		if len(s.Command) == 0 || s.Command[0] != "serve" {
			continue
		}
		if !strings.Contains(front, "server "+name+":8080 ") || c.Services["front"].DependsOn[name].Condition != "service_healthy" {
			t.Errorf("nothing leads to %s", name)
		}
		if s.Grace < defaults(t).Drain+6*time.Second {
			t.Errorf("%s is killed after %v, before it has drained", name, s.Grace)
		}
	}
	for _, want := range []string{"proxy_next_upstream error timeout http_503 non_idempotent;", "max_fails=0;", "proxy_buffering off;"} {
		if !strings.Contains(front, want) {
			t.Errorf("what stands before the replicas lacks %s", want)
		}
	}
	for _, p := range ps {
		if code, raw := request(t, http.MethodGet, p.url+"/readyz", "", nil); code != 200 || !strings.Contains(string(raw), `"redis":{"state":"ok"}`) {
			t.Errorf("readyz: %d %s", code, raw)
		}
	}
}

// qdrantServer is the address of a real Qdrant, or of the double that plays one.
func qdrantServer(t *testing.T) string {
	if url := os.Getenv("QDRANT_URL"); url != "" {
		return url
	}
	_, url := qdranttest.Serve(t)
	return url
}
