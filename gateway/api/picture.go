package api

import (
	"hash/fnv"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"shopkeeper/shop"
)

// colors that a picture's name may end with.
var colors = map[string]bool{
	"black": true, "white": true, "gray": true, "grey": true, "silver": true, "gold": true, "red": true, "orange": true, "yellow": true, "green": true,
	"blue": true, "navy": true, "purple": true, "pink": true, "brown": true, "beige": true, "teal": true, "turquoise": true, "khaki": true, "multicolor": true,
}

// drawing is what a picture shows.
type drawing struct {
	category, title, color string
	seed                   uint64
}

// picture draws: "headphones-black-123.svg" as its name says (category, colour, seed), and the id of a product as that product,
// for a card whose own picture cannot be loaded. Every name gives some picture: a broken one helps nobody.
func (s *Server) picture(c echo.Context) error {
	file, err := url.PathUnescape(c.Param("file"))
	name, ok := strings.CutSuffix(file, ".svg")
	if err != nil || !ok || name == "" || s.o.Picture == nil {
		return &shop.Error{Kind: shop.NotFound, Msg: "There is no picture at this address."}
	}
	if err := checkID("file", name, 256); err != nil {
		return &shop.Error{Kind: shop.NotFound, Msg: "There is no picture at this address."}
	}
	d, drawn := parsePicture(name)
	if !drawn {
		d = s.productPicture(c, name)
	}
	public(c)
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=86400")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	b := s.o.Picture(d.category, d.title, d.color, d.seed)
	if c.Request().Header.Get("If-None-Match") == etag(b) {
		return c.NoContent(http.StatusNotModified)
	}
	return unchanged(c, b, "image/svg+xml")
}

// parsePicture reads category-color-seed; the colour may be missing. Anything else is not such a name.
func parsePicture(name string) (drawing, bool) {
	words := strings.Split(name, "-")
	n := len(words)
	if n < 2 {
		return drawing{}, false
	}
	seed, err := strconv.ParseUint(words[n-1], 10, 64)
	if err != nil {
		return drawing{}, false
	}
	d := drawing{seed: seed}
	if words = words[:n-1]; len(words) > 1 && colors[words[len(words)-1]] {
		d.color, words = words[len(words)-1], words[:len(words)-1]
	}
	d.category = strings.Join(words, " ")
	return d, d.category != ""
}

func (s *Server) productPicture(c echo.Context, id string) drawing {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	d := drawing{seed: h.Sum64()}
	if s.o.Storefront == "" || s.o.Catalogue == nil {
		return d
	}
	ps, err := s.o.Catalogue.Products(c.Request().Context(), s.o.Storefront, []string{id})
	if err != nil || len(ps) == 0 {
		return d
	}
	d.category, d.title = ps[0].Category(), ps[0].Title
	for _, a := range ps[0].Attributes {
		if a.Name == "color" || a.Name == "colour" {
			d.color = a.Value.String()
		}
	}
	return d
}
