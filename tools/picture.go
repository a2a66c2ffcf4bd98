package tools

import (
	"hash/fnv"
	"net/url"
	"strconv"
	"strings"

	"shopkeeper/shop"
)

// PictureURL is the address of the drawing that this server makes of a product: everything that the drawing needs is in its
// name, so that it is served without a look at the catalogue and may be cached for ever.
func PictureURL(p shop.Product) string {
	color := colorOf(p.Attributes)
	if color == "" && len(p.Variants) > 0 {
		color = colorOf(p.Variants[0].Attributes)
	}
	h := fnv.New64a()
	h.Write([]byte(p.ID))
	part := func(s string) string { return strings.ReplaceAll(clean(s, 40), "~", "-") }
	what := part(p.Category())
	if p.Title != "" { // tells a floor lamp from a desk lamp
		what += "|" + strings.ReplaceAll(clean(p.Title, 80), "~", "-")
	}
	name := what + "~" + part(color) + "~" + strconv.FormatUint(h.Sum64(), 36)
	return "/img/" + url.PathEscape(name) + ".svg"
}

// ParsePicture reads the (unescaped) file name of PictureURL; the category has the product's title behind a |. A name of another form is a seed and nothing else: a product's id
// makes the same drawing every time.
func ParsePicture(file string) (category, color string, seed uint64) {
	name := strings.TrimSuffix(file, ".svg")
	if parts := strings.Split(name, "~"); len(parts) == 3 {
		if seed, err := strconv.ParseUint(parts[2], 36, 64); err == nil {
			return parts[0], parts[1], seed
		}
	}
	h := fnv.New64a()
	h.Write([]byte(name))
	return "", "", h.Sum64()
}

func colorOf(as []shop.Attribute) string {
	for _, a := range as {
		if colorName(a.Name) {
			return a.Value.Text
		}
	}
	return ""
}

// colorName tells an attribute that names the product's colour.
func colorName(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "color") || strings.Contains(name, "colour") || strings.Contains(name, "颜色") || strings.Contains(name, "色系")
}

// imageOf is always loadable: the feed's own picture when it is on the web, else the drawing.
func imageOf(p shop.Product) string {
	if web(p.Image) {
		return p.Image
	}
	return PictureURL(p)
}

// pageOf is the product's page in the shop, or on this server.
func pageOf(p shop.Product) string {
	if web(p.URL) {
		return p.URL
	}
	return "/?product=" + url.QueryEscape(p.ID)
}

// web tells an http(s) address that is safe in a link.
func web(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && clean(s, 2000) == s
}
