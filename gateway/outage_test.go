package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for began := time.Now(); time.Since(began) < 30*time.Second; time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// What docs/configure.md says of a Redis and a PostgreSQL that are cut off or fall silent.
func TestOutages(t *testing.T) {
	db, redis := twoServers(t)
	toDB, db := through(t, db)
	toRedis, redis := through(t, redis)
	p := serve(t, "--demo", "--db", db, "--redis", redis)
	chat := func(id string) (int, string) {
		t.Helper()
		code, raw := request(t, http.MethodPost, p.url+"/api/chat", "demo-shopper", message(id, "m1", "hello"))
		return code, string(raw)
	}
	well := func(id string) {
		t.Helper()
		if code, raw := chat(id); code != 200 || !strings.Contains(raw, `"type":"finish"`) {
			t.Errorf("%s: %d %s", id, code, raw)
		}
	}
	state := func() (int, string) {
		t.Helper()
		res, err := http.Get(p.url + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		raw, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(raw)
	}
	ready := func() bool { code, raw := state(); return code == 200 && strings.Contains(raw, `"ready"`) }
	well("before")

	for name, is := range map[string]weather{"redis-cut": cut, "redis-silent": silent, "redis-slow": slow} {
		toRedis.be(is)
		well(name)
		soon(t, name+" is said", func() bool { code, raw := state(); return code == 200 && strings.Contains(raw, `"degraded"`) })
		well(name + "-2")
		toRedis.clear()
		soon(t, name+" is over", ready)
		well(name + "-3")
	}
	toDB.be(slow)
	well("db-slow")
	toDB.clear()
	for name, is := range map[string]weather{"db-cut": cut, "db-silent": silent} {
		toDB.be(is)
		if code, raw := chat(name); code != 503 || !strings.Contains(raw, "database_down") || strings.Contains(raw, toDB.addr) {
			t.Errorf("%s: %d %s", name, code, raw)
		}
		soon(t, name+" is said", func() bool { code, raw := state(); return code == 503 && strings.Contains(raw, "not_ready") })
		toDB.clear()
		soon(t, name+" is over", ready)
		well(name) // the same message again: nothing of it was half done
		well("before")
	}
}
