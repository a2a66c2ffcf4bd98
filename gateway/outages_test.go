package main

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// What docs/deploy.md says of a Qdrant that is slow, cut off or falls silent.
func TestQdrantOutages(t *testing.T) {
	toQdrant, where := through(t, qdrantServer(t))
	p := serve(t, "--demo", "--qdrant", where)
	ready := func(status string) func() bool {
		return func() bool {
			code, raw := request(t, http.MethodGet, p.url+"/readyz", "", nil)
			return code == 200 && strings.Contains(string(raw), `"status":"`+status+`"`)
		}
	}
	const wish = "headphones under 80"
	for _, c := range []struct {
		name  string
		is    weather
		finds bool
	}{{"fair", fair, true}, {"slow", slow, true}, {"cut", cut, false}, {"silent", silent, false}} {
		toQdrant.be(c.is)
		began := time.Now()
		a := ask(t, p.url, "demo-shopper", wish)
		said := a.Choices[0].Message.Content
		if c.finds != (len(a.titles()) > 0) || c.finds == strings.Contains(said, "could not look that up") || time.Since(began) > 10*time.Second {
			t.Errorf("%s: %d products after %v: %s", c.name, len(a.titles()), time.Since(began), said)
		}
		code, raw := request(t, http.MethodGet, p.url+"/api/products?q=headphones", "", nil)
		if want := map[bool]int{true: 200, false: 503}[c.finds]; code != want || strings.Contains(string(raw), toQdrant.addr) {
			t.Errorf("%s: the storefront answers %d %.300s", c.name, code, raw)
		}
		if o := ask(t, p.url, "demo-shopper", "where is my last order?"); len(o.Choices[0].Message.Shop.Cards) == 0 {
			t.Errorf("%s: what needs no index: %+v", c.name, o)
		}
		if !c.finds {
			soon(t, c.name+" is said", ready("degraded"))
		}
		toQdrant.clear()
		soon(t, c.name+" is over", func() bool { return len(ask(t, p.url, "demo-shopper", wish).titles()) > 0 })
		soon(t, c.name+" is no longer said", ready("ready"))
	}
}

// What docs/deploy.md says of a model's endpoint that is slow, cut off or falls silent, before an answer and in the middle of it.
func TestModelOutages(t *testing.T) {
	toModel, where := through(t, upstream(t, 8, 100*time.Millisecond))
	p := serve(t, "--demo", "--config", write(t, "c.toml", `
[[providers]]
name = "up"
url = "`+where+`/v1"
first_delta = "1s"
progress = "1s"

[[targets]]
name = "m"
provider = "up"
model = "m"

[[aliases]]
name = "shopper"
rungs = [{ targets = ["m"] }]

[[aliases]]
name = "raw"
rungs = [{ targets = ["m"] }]
`))
	state := func() string {
		_, raw := request(t, http.MethodGet, p.url+"/readyz", "", nil)
		return string(raw)
	}
	raw := func() (string, error) { return streamedEnding("raw", "demo-app")(t, p.url, "hello") }
	for _, c := range []struct {
		name string
		is   weather
		rung string        // of an assistant's answer
		raw  string        // ending of a raw one
		most time.Duration // for either
	}{
		{"fair", fair, "m", "completed", 5 * time.Second},
		{"slow", slow, "m", "completed", 6 * time.Second},
		{"cut", cut, "rules", "failed", 5 * time.Second},
		{"silent", silent, "rules", "failed", 6 * time.Second}, // twice the wait for the first word, then some
	} {
		toModel.be(c.is)
		began := time.Now()
		if a := ask(t, p.url, "demo-shopper", "hello"); a.Shop.Rung != c.rung || a.Shop.Ending != "completed" || time.Since(began) > c.most {
			t.Errorf("%s: %+v after %v", c.name, a.Shop, time.Since(began))
		}
		began = time.Now()
		if ending, err := raw(); ending != c.raw || err != nil || time.Since(began) > c.most {
			t.Errorf("%s, raw: %s %v after %v", c.name, ending, err, time.Since(began))
		}
		if c.raw == "failed" {
			for range 3 { // from the third failure in a row on it is left alone
				_, _ = raw()
			}
			if s := state(); !strings.Contains(s, `"degraded"`) {
				t.Errorf("%s: %s", c.name, s)
			}
			began = time.Now()
			if a := ask(t, p.url, "demo-shopper", "hello"); a.Shop.Rung != "rules" || time.Since(began) > time.Second {
				t.Errorf("%s: while it is left alone: %+v after %v", c.name, a.Shop, time.Since(began))
			}
		}
		toModel.clear()
		soon(t, c.name+" is over", func() bool { ending, err := raw(); return ending == "completed" && err == nil })
		if a := ask(t, p.url, "demo-shopper", "hello"); a.Shop.Rung != "m" {
			t.Errorf("after %s: %+v", c.name, a.Shop)
		}
	}
	for _, is := range []weather{cut, silent} { // in the middle of an answer
		for wire, body := range map[string]any{"/v1/chat/completions": question("shopper", "hello", true), "/api/chat": message("middle-"+string('a'+rune(is)), "m1", "hello")} {
			s := read(t, http.MethodPost, p.url+wire, body)
			if wire == "/api/chat" {
				<-s.first
			} else {
				time.Sleep(400 * time.Millisecond)
			}
			began := time.Now()
			toModel.be(is)
			text := s.all(t)
			if !strings.Contains(text, `"error"`) || strings.Contains(text, `"type":"finish"`) || wire != "/api/chat" && strings.Contains(text, "[DONE]") || time.Since(began) > 5*time.Second {
				t.Errorf("%s, %d: after %v …%s", wire, is, time.Since(began), text[max(0, len(text)-400):])
			}
			toModel.clear()
			soon(t, "the model is back", func() bool { ending, err := raw(); return ending == "completed" && err == nil })
		}
	}
}
