package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

type manifest struct {
	Kind     string
	Metadata struct{ Name string }
	Data     map[string]string
	Secrets  map[string]string `yaml:"stringData"`
	Spec     struct {
		Selector, ScaleTargetRef yaml.Node
		MaxUnavailable           int `yaml:"maxUnavailable"`
		MinReplicas              int `yaml:"minReplicas"`
		Metrics                  []struct {
			Pods struct{ Metric struct{ Name string } }
		}
		Template struct {
			Spec struct {
				Grace           int `yaml:"terminationGracePeriodSeconds"`
				SecurityContext struct {
					RunAsNonRoot bool `yaml:"runAsNonRoot"`
				} `yaml:"securityContext"`
				Containers []struct {
					Args         []string
					Readiness    probe `yaml:"readinessProbe"`
					Liveness     probe `yaml:"livenessProbe"`
					VolumeMounts []struct {
						Name, MountPath string
					} `yaml:"volumeMounts"`
					Security struct {
						ReadOnly bool `yaml:"readOnlyRootFilesystem"`
					} `yaml:"securityContext"`
					Lifecycle struct {
						PreStop struct{ Sleep struct{ Seconds int } } `yaml:"preStop"`
					}
				}
			}
		}
	}
}

type probe struct {
	HTTP struct{ Path string } `yaml:"httpGet"`
}

// No cluster is at hand: the manifest is parsed, and what it says of this program is held against this program.
func TestKubernetesManifest(t *testing.T) {
	raw, err := os.ReadFile("../docs/examples/kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]manifest{}
	for d := yaml.NewDecoder(bytes.NewReader(raw)); ; {
		var m manifest
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all[m.Kind] = m
	}
	for _, kind := range []string{"ConfigMap", "Secret", "Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler"} {
		if all[kind].Metadata.Name != "shopkeeper" {
			t.Errorf("there is no %s", kind)
		}
	}
	for name, v := range all["Secret"].Secrets {
		t.Setenv(name, v)
	}
	file := write(t, "shopkeeper.toml", all["ConfigMap"].Data["shopkeeper.toml"])
	if code, _, errs := cli(t, "config", "check", file); code != 0 {
		t.Error(errs)
	}
	set, _, err := readFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pod := all["Deployment"].Spec.Template.Spec
	if len(pod.Containers) != 1 || !pod.SecurityContext.RunAsNonRoot {
		t.Fatalf("pod %+v", pod)
	}
	c := pod.Containers[0]
	if pause := time.Duration(c.Lifecycle.PreStop.Sleep.Seconds) * time.Second; time.Duration(pod.Grace)*time.Second <= set.Drain+pause+5*time.Second {
		t.Errorf("a pod is killed after %d s, before it has drained (%s after %s)", pod.Grace, set.Drain, pause)
	}
	if c.Readiness.HTTP.Path != "/readyz" || c.Liveness.HTTP.Path != "/healthz" || !c.Security.ReadOnly {
		t.Errorf("container %+v", c)
	}
	// The program takes these arguments and finds this database in the environment; only the address does not exist here.
	args := append([]string{}, c.Args...)
	for i := range args {
		args[i] = strings.Replace(args[i], "/etc/shopkeeper/shopkeeper.toml", file, 1)
		args[i] = strings.Replace(args[i], "/data", t.TempDir(), 1)
	}
	t.Setenv("SHOPKEEPER_ADDR", "127.0.0.1:0")
	t.Setenv("SHOPKEEPER_METRICS_ADDR", "off")
	t.Setenv("SHOPKEEPER_DB", "postgres://shopkeeper:password@127.0.0.1:1/shopkeeper?connect_timeout=1")
	if code, _, errs := cli(t, args...); code != 1 || !strings.Contains(errs, "127.0.0.1:1") || strings.Contains(errs, "password") {
		t.Errorf("code %d: %s", code, errs)
	}
	if s := all["HorizontalPodAutoscaler"].Spec; s.MinReplicas < 2 || len(s.Metrics) != 1 || s.Metrics[0].Pods.Metric.Name != "shopkeeper_turns_running" {
		t.Errorf("autoscaler %+v", s)
	}
	if all["PodDisruptionBudget"].Spec.MaxUnavailable != 1 {
		t.Error("no disruption budget")
	}
}
