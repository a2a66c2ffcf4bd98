package demo

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Picture draws a product as an SVG of 400 × 400, for products that come without a picture: what it is by the words of its
// category and title (any shop's, English or Chinese), in its colour; seed varies the details. No script, no text, no links,
// under 4 KB; the same arguments give the same bytes. Without a title, what stands behind a | in the category is the title.
func Picture(category, title, color string, seed uint64) []byte {
	if title == "" {
		category, title, _ = strings.Cut(category, "|")
	}
	d := drawingOf(category, title)
	seed = scramble(seed)
	main := paint(color)
	if main == "" {
		main = paint(strings.ToLower(title))
	}
	if main == "" {
		main = palette[seed%uint64(len(palette))]
	}
	base := grounds[(seed>>8)%uint64(len(grounds))]
	ground := mix(base, main, 0.10)
	if light(main) > 0.72 { // a white thing needs something behind it
		ground = mix(ground, "#7b8798", 0.30)
	}
	dark, pale := mix(main, "#14171c", 0.28), mix(main, "#ffffff", 0.32)
	if light(main) > 0.72 {
		dark = mix(main, "#4a5361", 0.26)
	} else if light(main) < 0.2 {
		dark, pale = mix(main, "#000000", 0.35), mix(main, "#ffffff", 0.2)
	}
	// Accents go with the colour: a part of a second hue, never the same for all.
	accent := palette[(seed>>16)%uint64(len(palette))]
	if accent == main {
		accent = palette[(seed>>16+1)%uint64(len(palette))]
	}
	body := d.svg[(seed>>24)%uint64(len(d.svg))]
	body = strings.NewReplacer("$c", main, "$d", dark, "$l", pale, "$a", accent, "$k", "#2a2e36", "$g", "#9aa3b0", "$s", "#d9dee5", "$w", "#fbfbfa",
		"$f", `fill="none" stroke-linecap="round" stroke-linejoin="round" stroke=`, "$o", `stroke-width=`).Replace(body)
	flip := ""
	if d.turns && seed>>40&1 == 1 {
		flip = ` transform="matrix(-1 0 0 1 400 0)"`
	}
	cx, r := 180+(seed>>32)%41, 138+(seed>>36)%17
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" width="400" height="400"><rect width="400" height="400" fill="%s"/><circle cx="%d" cy="196" r="%d" fill="%s"/><ellipse cx="200" cy="336" rx="%d" ry="9" fill="#1b2430" opacity=".12"/><g%s>%s</g></svg>`,
		ground, cx, r, mix(ground, "#ffffff", 0.34), d.shadow, flip, body)
}

// scramble spreads a seed's bits, so that neighbours look different (SplitMix64).
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// drawing is one sort of thing: the words that mean it and how it may be drawn, in the letters that Picture replaces:
// $c the colour, $d darker, $l lighter, $a another one, $k ink, $g grey, $s silver, $w white.
type drawing struct {
	words  string // separated by |
	svg    []string
	shadow int
	turns  bool      // may be mirrored
	parts  []drawing // closer sorts, told by the title
}

// drawingOf looks for the thing that a category names, else for the one that its title names.
func drawingOf(category, title string) *drawing {
	category, title = strings.ToLower(category), strings.ToLower(title)
	for _, text := range []string{category, title} {
		for i := range drawings {
			d := &drawings[i]
			if !d.matches(text) {
				continue
			}
			for j := range d.parts {
				if d.parts[j].matches(title) || d.parts[j].matches(category) {
					return &d.parts[j]
				}
			}
			return d
		}
	}
	return &parcel
}

func (d *drawing) matches(s string) bool {
	for w := range strings.SplitSeq(d.words, "|") {
		if has(s, w) {
			return true
		}
	}
	return false
}

// has finds a word: a Latin one whole, in the singular or plural; a Chinese one anywhere.
func has(s, word string) bool {
	for from := 0; ; {
		i := strings.Index(s[from:], word)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(word)
		begins := word[0] >= 0x80 || i == 0 || !letter(s[i-1])
		if begins && (word[len(word)-1] >= 0x80 || ends(s[end:]) || strings.HasPrefix(s[end:], "s") && ends(s[end+1:]) || strings.HasPrefix(s[end:], "es") && ends(s[end+2:])) {
			return true
		}
		from = end
	}
}

func ends(s string) bool { return s == "" || !letter(s[0]) }

func letter(c byte) bool { return c < 0x80 && unicode.IsLetter(rune(c)) }

var (
	palette = []string{"#3a74c4", "#4c9463", "#cf5f4a", "#e0a13c", "#7a5aa6", "#4a8f9c", "#c76b8f", "#6d7785", "#2c3f66", "#b5835a"}
	grounds = []string{"#e9ecf1", "#efebe5", "#e6ede9", "#ece8f1", "#e5ecf2", "#f0e9e4", "#edefe6"}
)

// paint is how a colour's name is drawn: the last colour word in it, so that "Midnight Blue" is blue; "" = none.
func paint(name string) string {
	name = strings.ToLower(name)
	best, at, size := "", -1, 0
	for _, c := range paints {
		for w := range strings.SplitSeq(c.words, "|") {
			i := strings.LastIndex(name, w)
			if i < 0 || w[0] < 0x80 && (i > 0 && letter(name[i-1]) || i+len(w) < len(name) && letter(name[i+len(w)])) {
				continue
			}
			if end := i + len(w); end > at || end == at && len(w) > size {
				best, at, size = c.hex, end, len(w)
			}
		}
	}
	return best
}

// mix is a colour on the way from a to b.
func mix(a, b string, part float64) string {
	x, y := rgb(a), rgb(b)
	for i := range x {
		x[i] += (y[i] - x[i]) * part
	}
	return fmt.Sprintf("#%02x%02x%02x", int(x[0]+0.5), int(x[1]+0.5), int(x[2]+0.5))
}

func rgb(hex string) (out [3]float64) {
	n, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	if err != nil {
		panic("demo: not a colour: " + hex)
	}
	return [3]float64{float64(n >> 16), float64(n >> 8 & 255), float64(n & 255)}
}

// light is how bright a colour looks, 0–1.
func light(hex string) float64 {
	c := rgb(hex)
	return (0.299*c[0] + 0.587*c[1] + 0.114*c[2]) / 255
}
