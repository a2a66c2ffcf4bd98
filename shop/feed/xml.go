package feed

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"shopkeeper/shop"
)

// readXML finds the items of an RSS 2.0, RSS 1.0 or Atom feed as spans of text, so that one bad or huge item is one reject,
// and parses each span alone. What is outside the items must be well-formed: a feed that stops before its root closes is broken.
func readXML(s *source, opt Options, emit func(Row) error) error {
	x := &scanner{s: s}
	root, err := x.root()
	if err != nil {
		return err
	}
	for {
		span, at, tooLong, err := x.item()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w (in <%s>)", err, shown(root))
		}
		row := Row{Line: at, Offset: s.offset}
		switch {
		case row.Offset <= opt.Skip:
			continue
		case tooLong:
			row.Reject = reject("", "the item is longer than %d MiB", MaxRow>>20)
		default:
			row.Product, row.Reject = item(span, opt)
		}
		if err := emit(row); err != nil {
			return err
		}
	}
}

// item reads one <item> or <entry>.
func item(span []byte, opt Options) (p shop.Product, rj *Reject) {
	if !utf8.Valid(span) {
		return p, reject("", "the text is not valid UTF-8")
	}
	f := newFlat(opt)
	d := xml.NewDecoder(bytes.NewReader(span))
	d.Entity = xml.HTMLEntity
	var open []string
	var text strings.Builder
	var detail [2]string
	var plainNames []([2]string) // RSS's own title, link, description: less than the g: ones
	for {
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return p, reject("", "broken XML: %s", cause(err))
		}
		switch t := tok.(type) {
		case xml.StartElement:
			open = append(open, qualified(t.Name))
			text.Reset()
			if len(open) == 2 && open[1] == "link" {
				if href, ok := atomLink(t.Attr); ok {
					plainNames = append(plainNames, [2]string{"link", href})
				}
			}
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			name := qualified(t.Name)
			if len(open) == 0 || open[len(open)-1] != name {
				return p, reject("", "broken XML: the end of %s, which is not open", short(name))
			}
			value := text.String()
			switch {
			case len(open) == 2 && strings.HasPrefix(name, "g:"):
				if name == "g:product_detail" {
					f.detail(detail)
					detail = [2]string{}
				} else {
					f.set(name[2:], value)
				}
			case len(open) == 2:
				plainNames = append(plainNames, [2]string{name, value})
			case len(open) == 3 && open[1] == "g:product_detail" && name == "g:attribute_name":
				detail[0] = value
			case len(open) == 3 && open[1] == "g:product_detail" && name == "g:attribute_value":
				detail[1] = value
			}
			open = open[:len(open)-1]
			text.Reset()
		}
	}
	if len(open) > 0 {
		return p, reject("", "broken XML: %s is not closed", short(open[len(open)-1]))
	}
	for _, n := range plainNames {
		switch n[0] {
		case "summary", "content":
			f.set("description", n[1])
		case "id", "title", "link", "description", "price", "brand", "gtin", "mpn", "availability", "image_link", "condition":
			f.set(n[0], n[1])
		}
	}
	return f.product()
}

func (f *flat) detail(d [2]string) {
	name := attributeName(d[0])
	f.attribute(name, name, d[1])
}

// qualified is the name as written; the namespace of Merchant feeds is always bound to g.
func qualified(n xml.Name) string {
	if n.Space == "" {
		return strings.ToLower(n.Local)
	}
	return n.Space + ":" + strings.ToLower(n.Local)
}

func atomLink(attrs []xml.Attr) (href string, ok bool) {
	rel := "alternate"
	for _, a := range attrs {
		switch a.Name.Local {
		case "href":
			href = a.Value
		case "rel":
			rel = a.Value
		}
	}
	return href, href != "" && rel == "alternate"
}

func cause(err error) string {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Msg
	}
	return err.Error()
}
