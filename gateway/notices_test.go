package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A visitor of the demo signs in by the code in a mail, and the assistant knows their orders from then on.
func TestSignInByMail(t *testing.T) {
	w, err := world(1, "")
	if err != nil {
		t.Fatal(err)
	}
	ann := w.People[0]
	data := t.TempDir()
	p := serve(t, "--demo", "--data", data)
	folder := filepath.Join(data, "mail")
	if !strings.Contains(p.log.String(), folder) {
		t.Errorf("the log does not say where mails are: %s", p.log)
	}
	var s struct {
		Token   string
		Shopper struct {
			ID        string
			Anonymous bool
		}
	}
	post := func(path, token string, body any, want int) {
		t.Helper()
		code, raw := request(t, http.MethodPost, p.url+path, token, body)
		if code != want || code == 200 && json.Unmarshal(raw, &s) != nil {
			t.Fatalf("%s: %d %s", path, code, raw)
		}
	}
	post("/api/session", "demo-app", map[string]any{}, 200)
	for _, email := range []string{"nobody@example.com", ann.Email} {
		post("/api/session/code", s.Token, map[string]any{"email": strings.ToUpper(email)}, 202)
	}
	var files []string
	for end := time.Now().Add(20 * time.Second); len(files) == 0 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if files, err = filepath.Glob(filepath.Join(folder, "*.eml")); err != nil {
			t.Fatal(err)
		}
	}
	if len(files) != 1 {
		t.Fatalf("mails %v", files)
	}
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := mail.ReadMessage(f)
	if err != nil || m.Header.Get("To") != "<"+ann.Email+">" {
		t.Fatal(m.Header, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`(?m)^ {4}(\d{6})`).FindStringSubmatch(string(raw))
	if code == nil {
		t.Fatalf("no code: %s", raw)
	}
	post("/api/session/verify", s.Token, map[string]any{"email": ann.Email, "code": code[1]}, 200)
	if s.Shopper.ID != ann.ID || s.Shopper.Anonymous {
		t.Fatalf("%+v", s)
	}
	if c := ask(t, p.url, s.Token, "where is my last order?"); len(c.Choices[0].Message.Shop.Cards) == 0 || c.Choices[0].Message.Shop.Cards[0].Kind != "order" {
		t.Errorf("%+v", c)
	}
	for _, secret := range []string{code[1], ann.Email, s.Token} {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestCheckNotices(t *testing.T) {
	const key = "a-secret-of-thirty-two-characters"
	t.Setenv("HOOK_SECRET", key)
	for _, c := range []struct{ toml, want string }{
		{"[mail]\nurl = \"mail.example.com\"\nfrom = \"a@b.example\"\n", "url must be smtp://"},
		{"[mail]\nurl = \"smtp://mail.example.com\"\n", "from is"},
		{"[mail]\nfrom = \"a@b.example\"\n", "mail.url is not"},
		{"[mail]\nurl = \"smtp://u@mail.example.com\"\nfrom = \"a@b.example\"\npassword = \"$NOT_SET\"\n", "the environment has no NOT_SET"},
		{"[mail]\nurl = \"file:///tmp/x\"\nfrom = \"a@b.example\"\nlink = \"shop.example\"\n", "mail.link"},
		{"[[webhooks]]\nurl = \"https://h.example\"\nsecret = \"" + key + "\"\n", ":1: webhooks 1: it has no tenant"},
		{"[[webhooks]]\ntenant = \"acme\"\nurl = \"http://h.example\"\nsecret = \"" + key + "\"\n", ":3: webhooks 1: url must begin with https://"},
		{"[[webhooks]]\ntenant = \"acme\"\nurl = \"https://h.example\"\nsecret = \"short\"\n", ":4: webhooks 1: secret has 5 bytes"},
		{"[[webhooks]]\ntenant = \"acme\"\nurl = \"https://h.example\"\nsecret = \"$NOT_SET\"\n", ":4: webhooks 1: the environment has no NOT_SET"},
		{"[[webhooks]]\ntenant = \"acme\"\nurl = \"https://h.example\"\nsecret = \"" + key + "\"\nevents = [\"Not An Event\"]\n", ":5: webhooks 1: event"},
		{strings.Repeat("[[webhooks]]\ntenant = \"acme\"\nurl = \"https://h.example\"\nsecret = \""+key+"\"\n", 2), ":7: webhooks 2: the tenant \"acme\" has this address twice"},
	} {
		code, out, errs := cli(t, "config", "check", write(t, "c.toml", c.toml))
		if code != 1 || out != "" || !strings.Contains(errs, c.want) || strings.Contains(errs, key) {
			t.Errorf("%s: code %d, %q, %q; want %q", c.toml, code, out, errs, c.want)
		}
	}
	good := "[mail]\nurl = \"smtp://u:hush-hush@mail.example.com\"\nfrom = \"a@b.example\"\n[[webhooks]]\ntenant = \"acme\"\nurl = \"https://h.example\"\nsecret = \"$HOOK_SECRET\"\nevents = [\"suggestions.ready\"]\n"
	file := write(t, "c.toml", good)
	if code, _, errs := cli(t, "config", "check", file); code != 0 {
		t.Errorf("a good file: %d %s", code, errs)
	}
	if _, out, _ := cli(t, "config", "print", "--config", file); strings.Contains(out, "hush-hush") || strings.Contains(out, key) || !strings.Contains(out, `secret = "$HOOK_SECRET"`) {
		t.Errorf("it prints %s", out)
	}
}

// Answers of people reach a shopper who closed the page: one mail for all of a row, none to who has read them.
func TestRepliesByMail(t *testing.T) {
	data := t.TempDir()
	p := serve(t, "--demo", "--data", data, "--mail-reply-after", "700ms")
	d := deskClient{t, p.url}
	mails := func() (out []string) {
		files, err := filepath.Glob(filepath.Join(data, "mail", "*.eml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, string(raw))
		}
		return out
	}
	answer := func(conversation string, texts ...string) {
		t.Helper()
		d.say("demo-shopper", conversation, "m1-"+conversation, "I want to talk to a person")
		v := d.suggested(conversation, "m1-"+conversation)
		for i, text := range texts {
			d.reply(v, fmt.Sprintf("%s-%d", conversation, i), text, nil, 200)
			d.do("GET", "/api/desk/conversations/"+conversation, "demo-agent", nil, 200, &v)
		}
	}
	answer("read", "You will see this on the page.")
	d.do("GET", "/api/conversations/read", "demo-shopper", nil, 200, nil)
	answer("closed", "The first of two answers.", "The second of two answers.")
	within(t, 20*time.Second, "a mail", func() bool { return len(mails()) > 0 })
	time.Sleep(1500 * time.Millisecond) // whatever else would come
	all := mails()
	if len(all) != 1 || !strings.Contains(all[0], "The first of two answers.") || !strings.Contains(all[0], "The second of two answers.") {
		t.Fatalf("mails: %q", all)
	}
}
