package retrieval

import (
	"slices"
	"strings"
	"unicode"

	"shopkeeper/retrieval/text"
)

// goesWith are the heads of names of things that go with another thing: a laptop sleeve is no laptop.
var goesWith = func() map[string]bool {
	out := map[string]bool{}
	for w := range words(`bag case sleeve cover skin lock stand mount mounting arm holder bracket dock docking station adapter adaptor charger cable cord
battery filter protector film strap band stylus pen pouch shell kit cooler cooling riser spare part parts toner cartridge ink drum tray warranty
license remote hub card screen roller kbd ribbon label belt splitter extender workstation holder security tripod lens pad backpack briefcase trolley armband cart rack shelf enclosure tether tool cleaner cleaning memory module upgrade`) {
		out[stems(w)] = true
	}
	return out
}()

// before is what says so in front of the name too: "screen protector Laptop Universal".
var before = func() map[string]bool {
	out := map[string]bool{}
	for w := range words(`protector filter adapter adaptor cable cover bag case sleeve mount holder lock charger cartridge toner`) {
		out[stems(w)] = true
	}
	return out
}()

// kindsOfTitle are the kinds, by the first of their names, that a title says the product is: those of the last name of one in
// the first of its phrases that has any, unless what goes with a thing follows there ("Laptop privacy filter"). A phrase ends
// at a number, a comma, a bracket or a preposition, so that "Notebook 15 in, keyboard with light" is a notebook.
func kindsOfTitle(title string) []string {
	for _, phrase := range titlePhrases(title) {
		if ks, ok := kindsOfPhrase(phrase); ok {
			return ks
		}
		if slices.ContainsFunc(phrase, func(w string) bool { return before[w] }) {
			return nil
		}
	}
	return nil
}

// kindsOfPhrase: false when no name of a kind is in it.
func kindsOfPhrase(phrase []string) ([]string, bool) {
	for end := len(phrase); end > 0; end-- {
		for from := max(0, end-longestName); from < end; from++ {
			gs := groups[strings.Join(phrase[from:end], " ")]
			if len(gs) == 0 {
				continue
			}
			if slices.ContainsFunc(phrase[end:], func(w string) bool { return goesWith[w] }) ||
				slices.ContainsFunc(phrase[:from], func(w string) bool { return before[w] }) {
				return nil, true
			}
			return names(gs), true
		}
	}
	return nil, false
}

func names(gs []int) (out []string) {
	for _, g := range gs {
		out = append(out, kindNames[g][0])
	}
	return out
}

// titlePhrases are the stems of the runs of words between what ends a phrase.
func titlePhrases(title string) (out [][]string) {
	var run []string
	end := func() {
		if len(run) > 0 {
			out = append(out, run)
		}
		run = nil
	}
	for _, w := range strings.FieldsFunc(title, func(r rune) bool { return unicode.IsSpace(r) || r == '/' }) {
		open := strings.TrimLeft(w, `"'“‘([{`)
		bare := strings.TrimRight(open, `,;:.!?)]}"'”’`)
		if open != w || strings.ContainsAny(bare, "0123456789,;()") || bare == "" || bare == "-" || bare == "–" {
			end()
		}
		folded := text.Fold(bare)
		switch {
		case strings.ContainsAny(bare, "0123456789"), bare == "", bare == "-", bare == "–":
		case function[folded], folded == "&", folded == "w", folded == "incl", folded == "including":
			end()
			if folded != "&" && len(out) > 0 {
				return out // what follows is what comes with it, or what it is for
			}
		default:
			if s := stems(folded); s != "" {
				run = append(run, strings.Fields(s)...)
			}
		}
		if bare != open {
			end()
		}
	}
	end()
	return out
}

// kindsCalled are the kinds that a query's noun phrase ends in, by the first of their names.
func kindsCalled(s string, brands []string) []string {
	_, phrases := nouns(s, brands)
	for _, p := range phrases {
		if gs := groups[p.key]; len(gs) > 0 {
			return names(gs)
		}
	}
	return nil
}
