package rules

import (
	"encoding/json"
	"slices"
	"strings"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
	"shopkeeper/shop/action"
	"shopkeeper/tools"
)

// memory is what earlier turns left, derived from their messages.
type memory struct {
	found  bool              // a list was shown
	card   shop.ProductsCard // the last list
	args   tools.SearchInput // and what asked for it
	focus  []shop.ProductCard
	orders bool   // the last turn was about orders
	order  string // and told of this one first
	fresh  bool   // nothing was shown yet

	nothing  *view             // the search of the last turn, when it found nothing
	peeked   shop.ProductsCard // the last list looked at
	peekedBy tools.SearchInput
	named    bool    // the assistant has said who it is
	asks     int     // answers in a row, just now, that only asked for a kind of product
	changed  bool    // untold holds something that changes what is looked for
	untold   []heard // earlier user messages that no tool result of ours follows: on /v1, all of them
	lastBot  string
	wish     string // what is wanted of an order and was not proposed yet, in the shopper's words so far
}

// productOut is get_product's output.
type productOut struct {
	Product struct {
		shop.ProductCard
		Description string `json:"description"`
	} `json:"product"`
	Reviews []struct {
		Rating json.Number `json:"rating"`
		Text   string      `json:"text"`
	} `json:"reviews"`
}

// maxEarlier is how many earlier messages of the shopper are heard again; what stands before them counts no more, save for
// what its results left.
const maxEarlier = 16

func remember(msgs []chat.Message) memory {
	mem := memory{fresh: true}
	skip := -maxEarlier
	for _, m := range msgs {
		if m.Role == chat.User {
			skip++
		}
	}
	calls := map[string]json.RawMessage{}
	said, answered, acted := "", true, false
	close := func() {
		if skip--; answered || skip >= 0 || strings.HasPrefix(said, "[") { // [: a summary by the system
			return
		}
		h := hear(said)
		if slices.ContainsFunc(h.acts, func(a act) bool { return a.kind == restart }) {
			mem.found, mem.card, mem.args, mem.focus, mem.untold = false, shop.ProductsCard{}, tools.SearchInput{}, nil, nil
		}
		mem.untold = append(mem.untold, h)
	}
	for _, m := range msgs {
		switch m.Role {
		case chat.User:
			close()
			mem.carry(said, acted)
			said, answered, acted = m.Text, false, false
			mem.orders, mem.nothing = false, nil
		case chat.Bot:
			for _, c := range m.Calls {
				calls[c.ID] = c.Args
			}
			if m.Text != "" {
				mem.lastBot = m.Text
			}
		case chat.Tool:
			answered = true
			acted = acted || m.Name == "search_policies" || slices.Contains(action.Kinds, m.Name) // proposed, or told why not
			if !m.Failed {
				mem.untold = nil // what was said before it went into it
				mem.take(m, calls[m.CallID])
			}
		}
	}
	close()
	mem.carry(said, acted)
	return mem
}

// carry keeps what is wanted of an order while it is asked about: until it was proposed, or the talk goes on to something else.
func (mem *memory) carry(said string, acted bool) {
	if said == "" {
		return
	}
	h := hear(said)
	switch {
	case acted:
		mem.wish = ""
	case slices.ContainsFunc(h.acts, func(a act) bool { return a.kind == orderChange }):
		mem.wish = said
	case mem.wish != "" && completes(mem.wish, h):
		mem.wish += ". " + said
	default:
		mem.wish = ""
	}
}

func (mem *memory) take(m chat.Message, args json.RawMessage) {
	switch m.Name {
	case "search_products":
		var in tools.SearchInput
		var card shop.ProductsCard
		_ = json.Unmarshal(args, &in)
		if json.Unmarshal([]byte(m.Text), &card) != nil && !fromCards(m.Cards, "products", &card) {
			return
		}
		if in.Peek {
			mem.peeked, mem.peekedBy = card, in // shown to nobody, unless it is compared
			return
		}
		mem.show(card, in)
	case "get_product":
		var out productOut
		if json.Unmarshal([]byte(m.Text), &out) != nil || out.Product.ID == "" {
			var in tools.ProductInput
			if !fromCards(m.Cards, "product", &out.Product.ProductCard) && json.Unmarshal(args, &in) == nil {
				out.Product.ProductCard = mem.byID(in.ID)
			}
		}
		mem.look(out.Product.ProductCard)
	case "compare_products":
		var card shop.CompareCard
		if json.Unmarshal([]byte(m.Text), &card) != nil && !fromCards(m.Cards, "compare", &card) {
			var in tools.CompareInput
			_ = json.Unmarshal(args, &in)
			for _, id := range in.IDs {
				card.Products = append(card.Products, mem.byID(id))
			}
		}
		if same(card.Products, mem.peeked.Shown) { // a list that was found to be compared
			mem.peekedBy.Peek, mem.peekedBy.Limit = false, 0
			mem.show(mem.peeked, mem.peekedBy)
		}
		mem.look(card.Products...)
	case "find_coupons":
		var in tools.CouponsInput
		if json.Unmarshal(args, &in) == nil && in.Product != "" {
			mem.look(mem.byID(in.Product))
		}
	case "order_status":
		mem.orders, mem.order = true, orderOf(m.Text)
	}
}

func fromCards(cards []shop.Card, kind string, into any) bool {
	for _, c := range cards {
		if c.Kind == kind && json.Unmarshal(c.Data, into) == nil {
			return true
		}
	}
	return false
}

func (mem *memory) show(card shop.ProductsCard, in tools.SearchInput) {
	mem.fresh, mem.nothing = false, nil
	if len(card.Shown) == 0 {
		v := viewOf(card, in.Limit)
		mem.nothing = &v
	}
	if len(card.Shown) == 0 && mem.found {
		return // an empty list shows nothing: people still mean what they see
	}
	mem.found, mem.card, mem.args, mem.focus = true, card, in, nil
}

func (mem *memory) look(ps ...shop.ProductCard) {
	var known []shop.ProductCard
	for _, p := range ps {
		if p.ID != "" {
			known = append(known, p)
		}
	}
	if len(known) > 0 {
		mem.focus, mem.fresh = known, false
	}
}

// byID finds a product that was shown; one that was not keeps its id.
func (mem *memory) byID(id string) shop.ProductCard {
	for _, list := range [][]shop.ProductCard{mem.card.Shown, mem.focus} {
		for _, p := range list {
			if p.ID == id {
				return p
			}
		}
	}
	return shop.ProductCard{ID: id}
}

// lately tells whether the product in focus is still what the talk is about.
func (mem *memory) lately() bool { return !mem.changed }

// place of a product in the list shown, counting from 1; 0 = not in it.
func (mem *memory) place(id string) int {
	for i, p := range mem.card.Shown {
		if p.ID == id {
			return i + 1
		}
	}
	return 0
}

// same tells whether two lists hold the same products in the same order.
func same(a, b []shop.ProductCard) bool {
	return len(a) > 0 && slices.EqualFunc(a, b, func(x, y shop.ProductCard) bool { return x.ID == y.ID })
}
