package tools

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"shopkeeper/shop"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

// What models are told is part of the product: a change shows up here.
func TestSpecsAreGolden(t *testing.T) {
	var names []string
	for _, tool := range All(Deps{Actions: noActions{}, Desk: true}) {
		s := tool.Spec()
		names = append(names, s.Name)
		for part, raw := range map[string]json.RawMessage{"input": s.Input, "output": s.Output} {
			var v any
			if err := json.Unmarshal(raw, &v); err != nil {
				t.Fatalf("%s %s: %v", s.Name, part, err)
			}
			got, err := json.MarshalIndent(json.RawMessage(raw), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", s.Name+"."+part+".golden")
			if *update {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(want) != string(got)+"\n" {
				t.Errorf("%s of %s differs from %s (run with -update and read the change):\n%s", part, s.Name, path, got)
			}
		}
		if n := len(s.Description); n < 100 || n > 2200 || strings.Contains(s.Description, "peek") {
			t.Errorf("description of %s has %d bytes", s.Name, n)
		}
		for _, f := range s.Public {
			if !strings.Contains(string(s.Input), `"`+f+`":`) {
				t.Errorf("%s: public field %q is not an argument", s.Name, f)
			}
		}
		if again := All(Deps{Actions: noActions{}, Desk: true})[len(names)-1].Spec(); string(again.Input) != string(s.Input) {
			t.Errorf("%s: the schema's bytes differ between two starts", s.Name)
		}
	}
	if got := strings.Join(names, " "); got != "search_products get_product compare_products find_coupons order_status search_policies my_account cancel_order change_address change_payment change_items return_items exchange_items change_default_address reorder request_invoice compensate_late hand_off" {
		t.Errorf("tools are %s", got)
	}
	if strings.Contains(string(All(Deps{})[0].Spec().Input), "peek") {
		t.Error("models are offered peek")
	}
}

// noActions stands for a shop that can act, where nothing is done.
type noActions struct{ shop.Actions }

func TestArguments(t *testing.T) {
	r := NewRegistry(All(Deps{})...)
	long := strings.Repeat("x", 501)
	for _, c := range []struct{ tool, args, want string }{
		{"search_products", `{"query":"kettle"}`, ""},
		{"search_products", `{"query":"kettle","peek":true}`, ""},
		{"search_products", `{"query":"kettle","alternatives":null,"sort":null}`, ""},
		{"search_products", `{"query":"k","filters":[{"field":"price","op":"lte","value":79.9},{"field":"color","op":"not_in","value":["red","blue"]},{"field":"memory","op":"gte","value":"16 GB"}],"sort":"-rating","limit":3}`, ""},
		{"search_products", ``, `needs "query"`},
		{"search_products", `{}`, `needs "query"`},
		{"search_products", `{"query":null}`, `needs "query"`},
		{"search_products", `{"query":"  "}`, "is empty"},
		{"search_products", `{"query":"` + long + `"}`, "501 characters"},
		{"search_products", `{"query":"x","colour":1}`, `no argument "colour"`},
		{"search_products", `{"query":4}`, "of type integer and must be of type string"},
		{"search_products", `{"query":"x","limit":99}`, "99 is greater than 20"},
		{"search_products", `{"query":"x","limit":1.5}`, "must be of type integer"},
		{"search_products", `{"query":"x","sort":"cheap"}`, "-rating"},
		{"search_products", `{"query":"x","filters":[{"field":"price","op":"<","value":3}]}`, "filters.op"},
		{"search_products", `{"query":"x","filters":[{"field":"price","op":"lt"}]}`, `needs "filters.value"`},
		{"search_products", `{"query":"x","filters":[{"field":"price","op":"lt","value":{"minor":1}}]}`, "filters.value"},
		{"search_products", `{"query":"x","filters":[{"field":"price","op":"lt","value":"cheap"}]}`, "needs a number"},
		{"search_products", `{"query":"x","filters":[{"field":"price","op":"lt","value":-1}]}`, "between 0 and"},
		{"search_products", `{"query":"x","filters":[{"field":"rating","op":"gte","value":6}]}`, "between 0 and 5"},
		{"search_products", `{"query":"x","filters":[{"field":"price","op":"in","value":["1","2"]}]}`, "not a list"},
		{"search_products", `{"query":"x","filters":[{"field":"brand","op":"eq","value":["a","b"]}]}`, "use in or not_in"},
		{"search_products", `{"query":"x","filters":[{"field":"brand","op":"in","value":3}]}`, "takes a list"},
		{"search_products", `{"query":"x","filters":[{"field":" \u200b ","op":"eq","value":"a"}]}`, "has no field"},
		{"search_products", `{"query":"x","filters":[{"field":"brand","op":"eq","value":"a","x":1}]}`, `no argument "filters.x"`},
		{"search_products", `[]`, "one JSON object"},
		{"search_products", `{"query":`, "not valid JSON"},
		{"search_products", `{"query":"x","limit":1e400}`, "not valid JSON"},
		{"search_products", `{"query":"` + strings.Repeat("x", maxArgs) + `"}`, "too long"},
		{"get_product", `{}`, `needs "id"`},
		{"get_product", `{"id":["a"]}`, "of type array"},
		{"compare_products", `{"ids":["a"]}`, "less than 2"},
		{"compare_products", `{"ids":["a","b","c","d","e","f"]}`, "greater than 5"},
		{"compare_products", `{"ids":["a","a"]}`, "equal"},
		{"find_coupons", `{}`, ""},
		{"find_coupons", `{"shopper":"s2"}`, `no argument "shopper"`},
		{"order_status", `{}`, ""},
		{"order_status", `{"order":7}`, "must be of type string"},
		{"order_status", `{"order":"W1","user":"s2"}`, `no argument "user"`},
		{"search_policies", `{"query":""}`, "0 characters"},
		{"buy_now", `{}`, "no tool named"},
	} {
		err := r.Check(c.tool, json.RawMessage(c.args))
		if c.want == "" {
			if err != nil {
				t.Errorf("%s %s: %v", c.tool, c.args, err)
			}
			continue
		}
		e, ok := err.(*shop.Error)
		if !ok || !strings.Contains(e.Msg, c.want) || e.Kind == shop.Internal {
			t.Errorf("%s %.80s: %v, want %q", c.tool, c.args, err, c.want)
			continue
		}
		bounded(t, e.Msg)
	}
}

// bounded: one clean sentence.
func bounded(t *testing.T, msg string) {
	t.Helper()
	if utf8.RuneCountInString(msg) > maxSentence+1 || strings.ContainsAny(msg, "\n\x00") || clean(msg, maxSentence+1) != msg {
		t.Errorf("not one bounded sentence: %q", msg)
	}
}

func FuzzArguments(f *testing.F) {
	for _, s := range []string{
		`{"query":"kettle under 50"}`, `{"query":"x","filters":[{"field":"price","op":"lt","value":"$79.90"}]}`, `{"ids":["a","b"]}`, `{"id":"p1"}`,
		`{"query":"\ud800","limit":3}`, `{"order":"＃ｗ１"}`, `{"code":"sa-ve 10"}`, `null`, `{"query":{"a":[1,2,{"b":null}]}}`, `{"query":"x","filters":[{"field":"memory","op":"gte","value":"16 GB","unit":"TB"}]}`,
		`{"query":"x","filters":[{"field":"color","op":"not_in","value":["玫瑰金","\u202ered"]}]}`,
	} {
		f.Add(s)
	}
	d, _ := world()
	r := NewRegistry(All(d)...)
	f.Fuzz(func(t *testing.T, args string) {
		for _, tool := range All(Deps{}) {
			name := tool.Spec().Name
			check := r.Check(name, json.RawMessage(args))
			res, err := r.Call(t.Context(), scope("en"), name, json.RawMessage(args))
			if check != nil && err == nil {
				t.Fatalf("%s ran what Check refuses: %v", name, check)
			}
			if err != nil {
				e := err.(*shop.Error)
				if e.Kind == shop.Internal {
					t.Fatalf("%s: %v", name, err)
				}
				bounded(t, e.Msg)
				continue
			}
			if !json.Valid(res.Output) || !utf8.Valid(res.Output) {
				t.Fatalf("%s: output is no JSON: %s", name, res.Output)
			}
			for _, c := range res.Cards {
				if !json.Valid(c.Data) || c.ID == "" || c.Kind == "" {
					t.Fatalf("%s: card %+v", name, c)
				}
			}
		}
	})
}
