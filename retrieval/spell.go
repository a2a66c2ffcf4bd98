package retrieval

import (
	"context"
	"strings"
	"unicode/utf8"

	"shopkeeper/retrieval/text"
)

// shortest word that is repaired.
const shortest = 4

// offered is how many of the catalogue's words near a misspelt one are tried.
const offered = 6

// repair replaces words that have no posting by the catalogue's nearest ones; "" when none was.
func (s *Searcher) repair(ctx context.Context, tenant, said string, c catalogue) (string, error) {
	if s.Lexicon == nil {
		return "", nil
	}
	var out strings.Builder
	at := 0
	for _, w := range text.Words(said) {
		word := said[w.Start:w.End]
		if stop[word] || utf8.RuneCountInString(word) < shortest || strings.ContainsAny(word, "0123456789") || text.Unit(word) != word || c.brands[word] > 0 || spoken[word] != "" || len(brandNames[word]) > 0 || len(groups[stems(word)]) > 0 {
			continue
		}
		best, known, err := s.Lexicon.Near(ctx, tenant, word)
		if err != nil {
			return "", err
		}
		if known || best == "" {
			continue
		}
		if more, ok := s.Lexicon.(Suggester); ok {
			if best, err = s.suits(ctx, more, tenant, said, w, best); err != nil {
				return "", err
			}
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

// suits chooses among equally near words the one that goes best with the rest of the query.
func (s *Searcher) suits(ctx context.Context, from Suggester, tenant, said string, w text.Token, best string) (string, error) {
	near, err := from.Suggest(ctx, tenant, said[w.Start:w.End], offered)
	if err != nil || len(near) < 2 {
		return best, err
	}
	top := -1.0
	for _, n := range near {
		if n.Edits > near[0].Edits {
			break
		}
		score := 0.0
		terms := termsOf(said[:w.Start]+n.Word+said[w.End:], 1)
		if len(terms) > 1 {
			found, err := s.Index.Search(ctx, Query{Tenant: tenant, Kind: KindProduct, Terms: terms, Limit: 1})
			if err != nil {
				return "", err
			}
			if len(found.Hits) > 0 {
				score = found.Hits[0].Lexical
			}
		}
		if score > top {
			best, top = n.Word, score
		}
	}
	return best, nil
}
