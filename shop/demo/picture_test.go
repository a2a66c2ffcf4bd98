package demo

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// wellFormed parses an SVG and reports what a picture must not have.
func wellFormed(t *testing.T, svg []byte) {
	t.Helper()
	if len(svg) > 4096 {
		t.Errorf("%d bytes", len(svg))
	}
	d := xml.NewDecoder(bytes.NewReader(svg))
	known := strings.Fields("svg g rect circle ellipse path")
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if !slices.Contains(known, e.Name.Local) {
			t.Errorf("element %s", e.Name.Local)
		}
		for _, a := range e.Attr {
			if strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Name.Local, "href") || strings.ContainsAny(a.Value, "$<") || strings.Contains(a.Value, "url(") {
				t.Errorf("%s has %s=%q", e.Name.Local, a.Name.Local, a.Value)
			}
		}
	}
}

func TestPicturesOfTheWorld(t *testing.T) {
	w := New(1, time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC))
	seen := map[string]bool{}
	for i, p := range w.Products {
		svg := Picture(p.Category(), p.Title, Color(p), uint64(i))
		if !bytes.Equal(svg, Picture(p.Category(), p.Title, Color(p), uint64(i))) {
			t.Fatal("not the same twice")
		}
		en, zh := drawingOf(p.Category(), p.Title), drawingOf(p.In("zh").Category(), p.In("zh").Title)
		if en == &parcel {
			t.Errorf("%s / %s is drawn as a parcel", p.Category(), p.Title)
		}
		if en != zh {
			t.Errorf("%s is drawn as %q, %s as %q", p.Title, en.words, p.In("zh").Title, zh.words)
		}
		if c := Color(p); c == "" || paint(c) == "" {
			t.Errorf("%s has the colour %q", p.Title, c)
		}
		wellFormed(t, svg)
		seen[en.words] = true
	}
	if len(seen) < 60 {
		t.Errorf("only %d drawings are used", len(seen))
	}
}

// Every drawing, in light and dark colours, is well-formed and small.
func TestEveryDrawing(t *testing.T) {
	var walk func(ds []drawing)
	walk = func(ds []drawing) {
		for _, d := range ds {
			word, _, _ := strings.Cut(d.words, "|")
			for seed := range uint64(8) {
				for _, color := range []string{"White", "黑色", "Burgundy", ""} {
					wellFormed(t, Picture(word, "", color, seed))
				}
			}
			walk(d.parts)
		}
	}
	walk(drawings)
	wellFormed(t, Picture("", "", "", 0))
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 { // whatever a feed says
		b := make([]byte, r.IntN(60))
		for i := range b {
			b[i] = byte(r.IntN(256))
		}
		wellFormed(t, Picture(string(b), string(b)+"<script>\"'&", string(b), r.Uint64()))
	}
}

func TestDrawingOf(t *testing.T) {
	for _, c := range []struct{ category, title, want string }{
		{"Laptop Bags", "Targa 15.6\" Laptop Briefcase", "briefcase"},
		{"", "Notebook case 14 inch black", "laptop bag"},
		{"", "Business Laptop 16 GB RAM 512 GB SSD HDMI", "laptop"},
		{"", "Wireless headphones with microphone", "headphone"},
		{"", "Smartphone 6.5 inch 5000 mAh", "phone"},
		{"", "Silicone phone case", "phone case"},
		{"Laser Printers", "LaserPro 400", "printer"},
		{"", "Toner cartridge for laser printer, black", "ink"},
		{"", "HDMI cable 2 m", "cable"},
		{"", "27\" LED monitor", "monitor"},
		{"", "55 inch LED TV", "tv"},
		{"", "Men's running shoes", "shoe"},
		{"", "男士真皮短靴", "boot"},
		{"手机壳", "磁吸手机壳", "phone case"},
		{"", "头戴式蓝牙耳机", "headphone"},
		{"", "无线入耳式耳机", "earbud"},
		{"", "15.6英寸电脑包", "laptop bag"},
		{"", "轻薄笔记本电脑", "laptop"},
		{"", "Puzzlewood Robot Kit toy", "robot"},
		{"", "Intel processor 3 GHz", "processor"},
		{"", "DDR4 memory module 16 GB", "memory card"},
		{"Garden", "Something new", ""},
	} {
		if got, _, _ := strings.Cut(drawingOf(c.category, c.title).words, "|"); got != c.want {
			t.Errorf("%s / %s is drawn as %q, not %q", c.category, c.title, got, c.want)
		}
	}
}

func TestPaint(t *testing.T) {
	for name, same := range map[string]string{"Midnight Blue": "Blue", "RED": "red", "黑色": "Black", "Dark Navy": "navy", "酒红色": "Burgundy", "Blue, Red": "Red"} {
		if a, b := paint(name), paint(same); a == "" || a != b {
			t.Errorf("%s is %q, %s is %q", name, a, same, b)
		}
	}
	if c := paint("Laptop, 16 GB"); c != "" {
		t.Errorf("no colour is %s", c)
	}
	for _, c := range allColors {
		if paint(c.en) != paint(c.zh) || paint(c.en) == "" {
			t.Errorf("%s is %q, %s is %q", c.en, paint(c.en), c.zh, paint(c.zh))
		}
	}
	if m := mix("#000000", "#ffffff", 0.5); m != "#808080" {
		t.Error(m)
	}
	if fmt.Sprint(light("#ffffff")) != "1" {
		t.Error(light("#ffffff"))
	}
}

// What stands in a picture's address comes from outside.
func FuzzPicture(f *testing.F) {
	f.Add("Lamps", "Glass Floor Lamp", "Brass", uint64(1))
	f.Add("手机壳|磁吸手机壳", "", "透明", uint64(1<<63))
	f.Add("<script>|\"'&$c", "$w{{}}", "#000", uint64(0))
	f.Fuzz(func(t *testing.T, category, title, color string, seed uint64) {
		wellFormed(t, Picture(category, title, color, seed))
	})
}
