package retrieval

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"shopkeeper/retrieval/text"
)

// shortest word that is repaired. One of three letters only to a longer one: a letter was left out.
const shortest = 3

// offered is how many of the catalogue's words near a misspelt one are tried.
const offered = 8

// repair replaces words that have no posting by the catalogue's nearest ones; "" when none was.
func (s *Searcher) repair(ctx context.Context, tenant, said string, c catalogue) (string, error) {
	if s.Lexicon == nil {
		return "", nil
	}
	var out strings.Builder
	at := 0
	for _, w := range text.Words(said) {
		word := said[w.Start:w.End]
		if stop[word] || plain[word] || common[word] || utf8.RuneCountInString(word) < shortest || strings.ContainsAny(word, "0123456789") || text.Unit(word) != word || c.brands[word] > 0 || spoken[word] != "" || len(brandNames[word]) > 0 || len(groups[stems(word)]) > 0 {
			continue
		}
		best, known, err := s.Lexicon.Near(ctx, tenant, word)
		if err != nil {
			return "", err
		}
		if known {
			continue
		}
		if more, ok := s.Lexicon.(Suggester); ok {
			if best, err = s.suits(ctx, more, tenant, said, w); err != nil {
				return "", err
			}
		}
		if best == "" || function[best] {
			continue
		}
		out.WriteString(said[at:w.Start])
		out.WriteString(best)
		at = w.End
	}
	if at == 0 {
		return "", nil
	}
	out.WriteString(said[at:])
	return out.String(), nil
}

// suits chooses among equally near words the one that stands most often beside the rest of the query, then the more frequent.
func (s *Searcher) suits(ctx context.Context, from Suggester, tenant, said string, w text.Token) (string, error) {
	word := said[w.Start:w.End]
	near, err := from.Suggest(ctx, tenant, word, offered)
	if err != nil {
		return "", err
	}
	near = slices.DeleteFunc(near, func(n Suggestion) bool {
		return n.Edits > near[0].Edits || function[n.Word] || len(word) == shortest && len(n.Word) <= len(word)
	})
	if len(near) == 0 {
		return "", nil
	}
	rest := termsOf(said[:w.Start]+" "+said[w.End:], 1)
	if len(near) == 1 || len(rest) == 0 {
		return near[0].Word, nil
	}
	alone, err := s.top(ctx, tenant, rest, 1)
	if err != nil {
		return "", err
	}
	best, most := near[0].Word, 0
	for _, n := range near {
		own := termsOf(n.Word, 1)
		top, err := s.top(ctx, tenant, own, 1)
		if err != nil {
			return "", err
		}
		maps.Copy(own, rest)
		both, err := s.top(ctx, tenant, own, beside)
		if err != nil {
			return "", err
		}
		count := 0
		for _, h := range both {
			if len(top) > 0 && len(alone) > 0 && h.Lexical > together*(top[0].Lexical+alone[0].Lexical) {
				count++
			}
		}
		if count > most {
			best, most = n.Word, count
		}
	}
	return best, nil
}

// A product counts as holding a word beside the rest when it scores this share of what both score apart; so many are looked at.
const (
	together = 0.7
	beside   = 5
)

func (s *Searcher) top(ctx context.Context, tenant string, terms map[string]float64, n int) ([]Hit, error) {
	found, err := s.Index.Search(ctx, Query{Tenant: tenant, Kind: KindProduct, Terms: terms, Limit: n})
	return found.Hits, err
}

// common words of shopping, talk and measures are spelt right, too: a repair that makes "battery line" of "battery life" is worse than none.
var common = words(`life save saves saved saving savings sold sell sells seller sellers shop shops store stores cart basket checkout pay paid payment return returns returned refund refunds deliver delivers delivered delivery shipping shipped
ship arrive arrives arrived arriving today tomorrow yesterday soon later now week weeks month months year years day days hour hours minute minutes second seconds time times last lasts lasting
weight weights weighs height width length depth size sizes inch inches litre litres liter liters watt watts volt volts power memory storage screen display battery charge charges charging charger capacity speed range
first second third fourth fifth next more less much many few every each same different similar better best worse worst nicer higher lower bigger smaller larger longer shorter lighter heavier faster slower quieter louder cheaper newer older dearer
use uses used using user users work works working fit fits fitting wear wears wearing carry watch watching listen listening play playing read reading write writing run running walk walking ride riding drive driving sleep sleeping cook cooking
morning evening night weekend holiday holidays season party trip trips hiking camping cycling gaming music movie movies photo photos video videos game games book books phone call calls city street road train plane
old new young big huge tiny wide narrow thick thin round square clean dirty dry wet hot cold cheap free bad real true fake sure okay fine lovely pretty beautiful cute fancy elegant stylish classic
uncle aunt nephew niece brother sister cousin grandma grandpa grandmother grandfather boss teacher colleague neighbour neighbor partner couple people person someone everyone nobody myself him her his hers
stuff gear kitchen bathroom help idea ideas thing option options choice choices kind kinds type types sort model models version versions brand brands colour color number piece pieces pair pairs set sets pack packs box
com www http https html`)
