package eval

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

func ptr[T any](v T) *T { return &v }

func usd(minor int64) *shop.Money { return &shop.Money{Minor: minor, Currency: "USD"} }

func word(name, v string) shop.Attribute { return shop.Attribute{Name: name, Value: shop.Text(v)} }

func num(name string, v float64, unit string) shop.Attribute {
	return shop.Attribute{Name: name, Value: shop.Num(v), Unit: unit}
}

func listed(t *testing.T, c shop.ProductsCard) []shop.Card {
	t.Helper()
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return []shop.Card{{Kind: "products", ID: "p", Data: b}}
}

func TestLimitForms(t *testing.T) {
	p := shop.ProductCard{
		ID: "a", Title: "Swift 14 Laptop, Navy Blue", Brand: "Swift", Category: "Laptops", Price: usd(9999), Was: usd(12499), Rating: ptr(4.5), Stock: ptr(0),
		Attributes: []shop.Attribute{word("color", "Navy Blue"), num("memory", 16, "GB"), num("weight", 1400, "g"), word("storage", "1 TB"), word("material", "Red Oak")},
		Variants:   []shop.Variant{{Attributes: []shop.Attribute{word("color", "Crimson")}}},
	}
	for limit, keeps := range map[string]bool{
		"price <= 100": true, "price < 99.99": false, "price >= 99.99": true, "price = 99.99": true, "discount >= 20": true, "discount > 20": true, "discount > 21": false,
		"rating >= 4.5": true, "rating > 4.5": false, "reviews >= 1": false, "stock >= 1": false, "stock = 0": true,
		"memory >= 16 GB": true, "memory > 16 GB": false, "内存 >= 16 GB": true, "memory >= 16000 MB": true, "weight < 1.5 kg": true, "weight < 1.4 kg": false, "storage >= 1 TB": true, "storage >= 1000 GB": true, "screen >= 10 in": false,
		"color = blue": true, "color = red": true, "color = green": false, "color = green|blue": true, "color != red": true, "color != blue": false, "color != black|blue": false,
		"brand = swift": true, "brand != Swift": false, "brand != HP": true, "category ~ laptop": true, "title !~ laptop": false, "title !~ lap": true, "title !~ navy": false, "material = Red Oak": true, "material != oak": false,
	} {
		l, err := ParseLimit(limit)
		if err != nil {
			t.Fatal(err)
		}
		if why := l.Breaks(p); (why == "") != keeps {
			t.Errorf("%s: %q, want keeps %v", limit, why, keeps)
		}
	}
	zh := shop.ProductCard{Title: "疾速耳机 红色", Attributes: []shop.Attribute{word("颜色", "黑色"), num("重量", 0.2, "kg")}}
	for limit, keeps := range map[string]bool{"color != red": false, "color != black": false, "color = black": true, "color != blue": true, "title !~ 耳机": false, "weight < 250 g": true} {
		l, _ := ParseLimit(limit)
		if why := l.Breaks(zh); (why == "") != keeps {
			t.Errorf("%s: %q, want keeps %v", limit, why, keeps)
		}
	}
	for _, bad := range []string{"", "price", "price <=", "price <= cheap", "<= 3", "a b"} {
		if _, err := ParseLimit(bad); err == nil {
			t.Errorf("%q was read as a limit", bad)
		}
	}
}

func TestLimitsCountWhatBreaks(t *testing.T) {
	rs, err := ParseRequests(strings.NewReader("# comment\nkettles under 30, not red | price <= 30 ; color != red\nlamps under 5 | price <= 5\n"))
	if err != nil || len(rs) != 2 {
		t.Fatal(rs, err)
	}
	price := shop.Condition{Field: "price", Op: "lte", Value: usd(500)}
	ask := func(_ context.Context, conversation, message string) (Reply, error) {
		if strings.HasPrefix(message, "lamps") {
			c := shop.ProductsCard{Shown: []shop.ProductCard{{Title: "Lamp", Price: usd(900)}}}
			c.Understood.Relaxed = []shop.Relaxation{{Condition: price}}
			return Reply{Text: "Nothing was up to $5.00, so these are the nearest.", Cards: listed(t, c)}, nil
		}
		return Reply{Text: "Here.", Cards: listed(t, shop.ProductsCard{Shown: []shop.ProductCard{
			{Title: "Kettle", Price: usd(2000)}, {Title: "Dear Kettle", Price: usd(3001)}, {Title: "Red Kettle", Price: usd(100)},
		}})}, nil
	}
	got, err := Limits(context.Background(), rs, ask, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Requests != 2 || got.Cards != 4 || got.Relaxed != 1 || len(got.Broken) != 2 || got.Broken[0].Product != "Dear Kettle" || got.Broken[1].Product != "Red Kettle" {
		t.Errorf("%+v", got)
	}
	silent := func(ctx context.Context, c, m string) (Reply, error) {
		r, err := ask(ctx, c, m)
		r.Text = "Here."
		return r, err
	}
	if got, _ = Limits(context.Background(), rs, silent, nil); len(got.Broken) != 3 || !strings.Contains(got.Broken[2].Why, "without a word") {
		t.Errorf("a limit let go in silence: %+v", got)
	}
	for _, bad := range []string{"", "no limit", "x | y", " | price < 3"} {
		if _, err := ParseRequests(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestDialogues(t *testing.T) {
	ds, err := ParseDialogues(fstest.MapFS{"b.txt": {Data: []byte("# c\n> show\n< says Here\n< all price < 30\n< shown 2\n< cards products\n\n> cheaper\n< cheaper\n< never dear\n< relaxed nothing\n< same kind\n")}, "README": {Data: []byte("?")}})
	if err != nil || len(ds) != 1 || len(ds[0].Turns) != 2 {
		t.Fatal(ds, err)
	}
	list := func(prices ...int64) []shop.Card {
		var c shop.ProductsCard
		for _, p := range prices {
			c.Shown = append(c.Shown, shop.ProductCard{ID: "x", Title: "X", Price: usd(p)})
		}
		return listed(t, c)
	}
	second := list(900)
	ending := chat.Completed
	ask := func(_ context.Context, conversation, message string) (Reply, error) {
		if conversation != "eval-1-b" {
			t.Errorf("conversation %q", conversation)
		}
		if message == "cheaper" {
			return Reply{"Less.", second, ending}, nil
		}
		return Reply{"here you are", list(1000, 2000), chat.Completed}, nil
	}
	r, err := Chat(context.Background(), ds, ask)
	if err != nil || len(r.Failures) != 0 || r.Turns != 2 || r.Checks != 10 {
		t.Errorf("%+v %v", r, err)
	}
	second, ending = list(1000), chat.Failed
	if r, _ = Chat(context.Background(), ds, ask); len(r.Failures) != 2 || r.Failures[0].Check != "cheaper" || r.Failures[1].Check != "ends completed" {
		t.Errorf("%+v", r)
	}
	if _, err = Chat(context.Background(), ds, func(context.Context, string, string) (Reply, error) { return Reply{}, errors.New("away") }); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Error(err)
	}
	for src, want := range map[string]string{"": "no message", "x": ":1:", "> ": "empty", "> a\n< sings": "no check", "> a\n< all price": "no limit", "< says x": ":1:", "> a\n< says": "needs a value"} {
		if _, err := ParseDialogues(fstest.MapFS{"a.txt": {Data: []byte(src)}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", src, err, want)
		}
	}
	if _, err := ParseDialogues(fstest.MapFS{}); err == nil {
		t.Error("an empty folder was read")
	}
}

func TestBuiltInScriptsAreWellFormed(t *testing.T) {
	if ds, err := ParseDialogues(Scripts()); err != nil || len(ds) < 5 {
		t.Error(len(ds), err)
	}
	rs, err := LimitRequests()
	if err != nil || len(rs) < 60 {
		t.Errorf("%d requests, %v", len(rs), err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("> a\n< all price <= 3 GB\n< cards products")
	f.Add("a | price <= 3 ; color != red|blue")
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = ParseDialogues(fstest.MapFS{"a.txt": {Data: []byte(s)}})
		rs, _ := ParseRequests(strings.NewReader(s))
		for _, r := range rs {
			for _, l := range r.Limits {
				l.Breaks(shop.ProductCard{Title: s, Attributes: []shop.Attribute{word(l.Field, s)}})
			}
		}
	})
}
