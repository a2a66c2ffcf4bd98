package main

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gopkg.in/yaml.v3"
)

// Images cannot be built everywhere, so the two files are read and what they run is run outside a container: as nobody, with
// nothing writable but the data volume.

type instruction struct{ verb, rest string }

func dockerfile(t *testing.T) (out []instruction) {
	raw, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(strings.ReplaceAll(string(raw), "\\\n", " ")) {
		line = strings.TrimSpace(line)
		if verb, rest, ok := strings.Cut(line, " "); ok && !strings.HasPrefix(line, "#") {
			out = append(out, instruction{verb, strings.TrimSpace(rest)})
		}
	}
	return out
}

// list reads the exec form: ["a", "b"].
func list(t *testing.T, s string) (out []string) {
	if err := yaml.Unmarshal([]byte(s), &out); err != nil {
		t.Fatalf("%s is not the exec form: %v", s, err)
	}
	return out
}

func TestDockerfile(t *testing.T) {
	var stages, build int
	last := map[string]string{}
	for _, i := range dockerfile(t) {
		switch {
		case i.verb == "FROM":
			stages++
			clear(last)
		case i.verb == "RUN" && strings.Contains(i.rest, "go build"):
			build++
			out := filepath.Join(t.TempDir(), "shopkeeper")
			cmd := exec.Command("sh", "-c", strings.ReplaceAll(i.rest, "/shopkeeper", out))
			cmd.Dir = ".."
			if msg, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", i.rest, err, msg)
			}
			f, err := elf.Open(out)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range f.Progs {
				if p.Type == elf.PT_INTERP {
					t.Error("the binary is not static: an empty root has no loader")
				}
			}
			f.Close()
		}
		last[i.verb] = i.rest
	}
	if stages != 2 || build != 1 {
		t.Errorf("%d stages and %d builds, want 2 and 1", stages, build)
	}
	if user, _, _ := strings.Cut(last["USER"], ":"); user == "" || user == "0" || user == "root" {
		t.Errorf("USER is %q", last["USER"])
	}
	_, check, ok := strings.Cut(last["HEALTHCHECK"], "CMD ")
	if !ok || list(t, check)[1] != "health" {
		t.Errorf("HEALTHCHECK is %q", last["HEALTHCHECK"])
	}
	args := append(list(t, last["ENTRYPOINT"]), list(t, last["CMD"])...)
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	data := volume(t)
	p := nobody(t, bin, outside(args[1:], data, ""))
	if code, _, errs := cli(t, "health", p.url); code != 0 {
		t.Errorf("health: %d %s", code, errs)
	}
	if err := p.end(t, syscall.SIGTERM); err != nil {
		t.Errorf("end: %v %s", err, p.log)
	}
}

// volume is a folder that nobody may write.
func volume(t *testing.T) string {
	dir, err := os.MkdirTemp("", "shopkeeper-volume-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if os.Getuid() == 0 {
		if err := os.Chown(dir, 65532, 65532); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// unprivileged makes a command run as nobody in a folder it may not write, when the test may do that.
func unprivileged(cmd *exec.Cmd) {
	cmd.Dir, cmd.Env = "/", []string{"PATH=/nowhere"}
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
	}
}

func nobody(t *testing.T, bin string, args []string) *process {
	t.Helper()
	return startWith(t, unprivileged, bin, args...)
}

// outside puts a container's paths and addresses where they are here.
func outside(args []string, data, qdrant string) []string {
	out := slices.Clone(args)
	for i, a := range out {
		switch {
		case a == "0.0.0.0:8080":
			out[i] = "127.0.0.1:0"
		case strings.HasPrefix(a, "qdrant://"):
			out[i] = qdrant
		default:
			out[i] = strings.Replace(a, "/data", data, 1)
		}
	}
	if out[0] == "serve" {
		out = append(out, "--metrics-addr", "off")
	}
	return out
}
