package api

import (
	"strings"

	"github.com/labstack/echo/v4"

	"shopkeeper/shop"
	"shopkeeper/tools"
)

// picture draws what its name says (tools.PictureURL), and for a product's id, which is what a card asks for when its own
// picture cannot be loaded, that product. Every name gives some picture: a broken one helps nobody.
func (s *Server) picture(c echo.Context) error {
	name, ok := strings.CutSuffix(param(c, "file"), ".svg")
	if !ok || s.o.Picture == nil || checkID("file", name, 256) != nil {
		return &shop.Error{Kind: shop.NotFound, Msg: "There is no picture at this address."}
	}
	category, color, seed := tools.ParsePicture(name)
	title := ""
	if category == "" {
		title, category, color = s.pictured(c, name)
	}
	public(c)
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=86400")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	return unchanged(c, s.o.Picture(category, title, color, seed), "image/svg+xml")
}

// pictured finds what to draw of a product of the storefront; an unknown one is drawn from its id alone.
func (s *Server) pictured(c echo.Context, id string) (title, category, color string) {
	if s.o.Storefront == "" {
		return "", "", ""
	}
	ps, err := s.o.Catalogue.Products(c.Request().Context(), s.o.Storefront, []string{id})
	if err != nil || len(ps) == 0 {
		return "", "", ""
	}
	for _, a := range ps[0].Attributes {
		if a.Name == "color" || a.Name == "colour" {
			color = a.Value.Text
		}
	}
	return ps[0].Title, ps[0].Category(), color
}
