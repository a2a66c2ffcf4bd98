package api

import (
	"net/url"
	"path"
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
	if category == "" {
		category, color, seed = s.pictured(c, name)
	}
	public(c)
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=86400")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	return unchanged(c, s.o.Picture(category, "", color, seed), "image/svg+xml")
}

// pictured is the drawing of a product of the storefront, as its card has it; an unknown one is drawn from its id alone.
func (s *Server) pictured(c echo.Context, id string) (category, color string, seed uint64) {
	p := shop.Product{ID: id}
	if s.o.Storefront != "" {
		if ps, err := s.o.Catalogue.Products(c.Request().Context(), s.o.Storefront, []string{id}); err == nil && len(ps) > 0 {
			p = ps[0]
		}
	}
	name, err := url.PathUnescape(path.Base(tools.PictureURL(p)))
	if err != nil {
		name = id
	}
	return tools.ParsePicture(name)
}
