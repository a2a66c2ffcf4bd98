package assistant

import (
	"testing"
	"time"

	"shopkeeper/prompts"
)

// The built-in model's texts, filled with what the tools returned, pass whole: what the guard takes for a number is what the
// templates say.
func TestGuardPassesTheBuiltInTexts(t *testing.T) {
	set, err := prompts.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	e := proof(t)
	ends, placed, expected := time.Date(2026, 11, 28, 18, 0, 0, 0, e.zone), time.Date(2026, 11, 20, 17, 30, 0, 0, e.zone), time.Date(2026, 11, 27, 17, 0, 0, 0, e.zone)
	kettle := prompts.Item{Name: "“Swift Kettle 1.7 L TN-2110”", Price: "$39.90", Was: "$49.90", Rating: "4.5", Coupon: "10 % off kettles", N: 1, Reviews: 128, Stock: "3"}
	calm := prompts.Item{Name: "“三星 Calm 1080p”", Price: "$25.50", Rating: "4", N: 2, Reviews: 7, Stock: "12"}
	for _, lang := range []string{"en", "zh"} {
		wishes := []string{"under $80.00", "at least 8 GB memory"}
		if lang == "zh" {
			wishes = []string{"低于 $80.00", "内存至少 8 GB"}
		}
		for _, block := range set.Blocks("rules") {
			for _, kind := range []string{"", "price", "rating", "expired"} {
				data := prompts.Say{
					Kind: kind, Query: "kettle", Corrected: "kettle", Total: 214, More: true, Many: true, Wishes: wishes, Amount: "$80.00", Currency: "USD", From: wishes[0], To: wishes[1],
					First: kettle, Other: calm, Items: []prompts.Item{kettle, calm}, Names: []string{kettle.Name, calm.Name}, Field: "memory", Op: "gte", Unit: "GB", Value: "16", Values: []string{"16"},
					Quotes: []prompts.Quote{{Document: "Returns", Section: "2.1", Text: "You may return it within 30 days. A fee of $4.50 or 15% applies.", Rating: "1"}},
					Coupon: prompts.Coupon{Title: "10 % off kettles", Code: "TEN-KETTLES", Saves: "$3.99", Starts: &placed, Ends: &ends, Conditions: []string{"10% off", "orders from $30.00", "9 left"}, Applies: kind == "", Reason: kind},
					Order:  prompts.Order{ID: "SK-20417", Status: "shipped", Total: "$84.79", Carrier: "DHL", Tracking: "1Z999AA1", State: "in_transit", Last: "Left the depot", Where: "Leipzig", Placed: placed, Expected: &expected, At: &expected},
				}
				switch kind {
				case "price":
					data.Value, data.Values, data.Unit = "$25.50", []string{"$39.90"}, ""
				case "rating":
					data.Value, data.Values, data.Unit = "4.5", []string{"4"}, ""
				}
				switch block {
				case "wish": // a limit alone is no answer: the others carry it
					continue
				case "stock_variants", "variant_stock":
					data.To, data.Value, data.Wishes = "3", "Red", []string{"Red 3 left"}
				case "fact_text":
					data.Value = "Boils in 4 minutes."
				case "difference":
					if kind == "" || kind == "expired" {
						data.Values = []string{"16 GB", "2 years"}
					}
				case "no_such":
					data.Total = 4
				case "relaxed":
					data.To = wishes[0]
				case "relaxed_all":
					data.Values = wishes[:1]
				case "no_brand":
					data.Value = "Acme"
				case "stock_list":
					data.Values = []string{calm.Name}
				}
				p, err := set.Render("rules/"+block, lang, data)
				if err != nil {
					t.Fatal(err)
				}
				if got, struck := through(e, p.Text, 5); struck != 0 {
					t.Errorf("%s %s %s:\n said %q\n got  %q", block, lang, kind, p.Text, got)
				}
			}
		}
	}
}
