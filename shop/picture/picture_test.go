package picture

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"

	"shopkeeper/shop"
)

func drawn(w, h int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		for y := range h {
			m.Set(x, y, color.RGBA{uint8(x * 7), uint8(y * 5), 90, 255})
		}
	}
	return m
}

func pngOf(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, drawn(w, h)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, drawn(w, h), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// webpOf are two pictures that an encoder made: lossy 1 × 1, and lossless 1 × 1.
func webpOf(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	lossy    = "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"
	lossless = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="
)

func chunk(kind, data string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func segment(marker byte, data string) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(data)+2)), data...)
}

func riff(kind, data string) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(data)))
	if b = append(b, data...); len(data)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

func webp(chunks ...[]byte) []byte {
	body := slices.Concat(chunks...)
	return slices.Concat([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(body)+4)), []byte("WEBP"), body)
}

// behind puts more behind the first n bytes.
func behind(b []byte, n int, more ...[]byte) []byte {
	return slices.Concat(b[:n], slices.Concat(more...), b[n:])
}

const secret = "51.5074N 0.1278W <script>alert(1)</script>"

func TestCheckTakesPictures(t *testing.T) {
	for name, c := range map[string]struct {
		in   []byte
		kind string
		w, h int
	}{
		"png": {pngOf(t, 40, 30), PNG, 40, 30}, "jpeg": {jpegOf(t, 40, 30), JPEG, 40, 30},
		"lossy webp": {webpOf(t, lossy), WebP, 1, 1}, "lossless webp": {webpOf(t, lossless), WebP, 1, 1},
	} {
		for _, declared := range []string{"", c.kind} {
			p, err := Check(c.in, declared)
			if err != nil || p.Type != c.kind || p.Width != c.w || p.Height != c.h {
				t.Errorf("%s: %s %d × %d, %v", name, p.Type, p.Width, p.Height, err)
			}
		}
	}
}

func TestCheckLeavesOutWhatIsNoPicture(t *testing.T) {
	exif := exifHead + "MM\x00*\x00\x00\x00\x08\x00\x02" + "\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00" + "\x88\x25\x00\x04\x00\x00\x00\x01\x00\x00\x00\x26" + "\x00\x00\x00\x00" + secret
	plain := webpOf(t, lossy)
	for name, c := range map[string]struct {
		in   []byte
		w, h int
	}{
		"png text":           {behind(pngOf(t, 40, 30), 33, chunk("tEXt", "Comment\x00"+secret), chunk("eXIf", secret), chunk("iCCP", secret), chunk("acTL", "\x00\x00\x00\x01\x00\x00\x00\x00"+secret)), 40, 30},
		"png with a file":    {append(pngOf(t, 40, 30), secret...), 40, 30},
		"jpeg on its side":   {behind(jpegOf(t, 40, 30), 2, segment(0xe1, exif), segment(0xfe, secret), segment(0xed, secret), segment(0xe2, secret)), 30, 40},
		"jpeg with a file":   {append(jpegOf(t, 40, 30), secret...), 40, 30},
		"jpeg with a poster": {behind(jpegOf(t, 40, 30), 2, segment(0xe0, "JFIF\x00"+secret), segment(0xee, "Adobe\x00\x64\x00\x00\x00\x00\x01"+secret)), 40, 30},
		"webp":               {append(webp(riff("VP8X", "\x2c\x00\x00\x00\x00\x00\x00\x00\x00\x00"), riff("ICCP", secret), plain[12:], riff("EXIF", secret), riff("XMP ", secret), riff("odd ", secret+".")), secret...), 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Check(c.in, "")
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(p.Bytes, []byte("51.5074")) || bytes.Contains(p.Bytes, []byte("script")) {
				t.Errorf("still there: %q", p.Bytes)
			}
			if p.Width != c.w || p.Height != c.h {
				t.Errorf("%d × %d", p.Width, p.Height)
			}
			again, err := Check(p.Bytes, p.Type)
			if err != nil || !bytes.Equal(again.Bytes, p.Bytes) {
				t.Errorf("cleaned again it differs: %v", err)
			}
			if p.Type != WebP {
				before, _, err := image.Decode(bytes.NewReader(c.in))
				if err != nil {
					t.Fatal(err)
				}
				after, _, err := image.Decode(bytes.NewReader(p.Bytes))
				if err != nil || !bytes.Equal(pixels(before), pixels(after)) {
					t.Errorf("the picture is another one: %v", err)
				}
			}
		})
	}
}

func pixels(m image.Image) (out []byte) {
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			r, g, b, a := m.At(x, y).RGBA()
			out = append(out, byte(r>>8), byte(g>>8), byte(b>>8), byte(a>>8))
		}
	}
	return out
}

func TestCheckRefuses(t *testing.T) {
	huge := pngOf(t, 1, 1)
	copy(huge[16:], "\x00\x00\x9c\x40\x00\x00\x9c\x40") // 40,000 × 40,000
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	wide := jpegOf(t, 8, 8)
	copy(wide[bytes.Index(wide, []byte{0xff, 0xc0})+5:], "\xff\xff\xff\xff")
	plain := webpOf(t, lossy)
	bomb := slices.Clone(plain)
	copy(bomb[26:], "\xff\x3f\xff\x3f")
	crc := pngOf(t, 4, 4)
	crc[20] ^= 1
	for name, c := range map[string]struct {
		in             []byte
		declared, code string
	}{
		"nothing":                     {nil, "", "empty_picture"},
		"too many bytes":              {append(pngOf(t, 4, 4), make([]byte, MaxBytes)...), "", "picture_too_large"},
		"html":                        {[]byte("<html><script>alert(1)</script>"), PNG, "unsupported_picture"},
		"svg":                         {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "image/svg+xml", "unsupported_picture"},
		"gif":                         {[]byte("GIF89a" + strings.Repeat("\x00", 40)), "", "unsupported_picture"},
		"a png that says it is jpeg":  {pngOf(t, 4, 4), JPEG, "wrong_picture_type"},
		"a jpeg that says it is html": {jpegOf(t, 4, 4), "text/html", "wrong_picture_type"},
		"a png's head and html":       {[]byte(pngHead + "<html><script>alert(1)</script></html>"), PNG, "broken_picture"},
		"a jpeg's head and html":      {append([]byte{0xff, 0xd8, 0xff, 0xe0}, "<html>"...), JPEG, "broken_picture"},
		"a webp's head and html":      {webp([]byte("<html><script>")), WebP, "broken_picture"},
		"half a png":                  {pngOf(t, 40, 30)[:60], "", "broken_picture"},
		"half a jpeg":                 {jpegOf(t, 40, 30)[:500], "", "broken_picture"},
		"half a webp":                 {plain[:30], "", "broken_picture"},
		"a changed png":               {crc, "", "broken_picture"},
		"a png without a picture":     {slices.Concat([]byte(pngHead), pngOf(t, 4, 4)[8:33], chunk("IEND", "")), "", "broken_picture"},
		"a png of 1.6 gigapixels":     {huge, "", "picture_too_many_pixels"},
		"a jpeg of 4.3 gigapixels":    {wide, "", "picture_too_many_pixels"},
		"a webp of 268 megapixels":    {bomb, "", "picture_too_many_pixels"},
		"a webp of another size":      {webp(riff("VP8X", "\x10\x00\x00\x00\x05\x00\x00\x05\x00\x00"), plain[12:]), "", "broken_picture"},
		"a moving webp":               {webp(riff("VP8X", "\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00"), riff("ANIM", "\x00\x00\x00\x00\x00\x00")), "", "moving_picture"},
	} {
		_, err := Check(c.in, c.declared)
		var e *shop.Error
		if !errors.As(err, &e) || e.Code != c.code || e.Msg == "" {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, b := range [][]byte{pngOf(f, 4, 4), jpegOf(f, 4, 4), webpOf(f, lossy), webpOf(f, lossless), behind(jpegOf(f, 4, 4), 2, segment(0xe1, exifHead+"II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x08\x00\x00\x00"))} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Check(b, "")
		if err != nil {
			return
		}
		again, err := Check(p.Bytes, p.Type)
		if err != nil || !bytes.Equal(again.Bytes, p.Bytes) || again.Width != p.Width || again.Height != p.Height {
			t.Fatalf("cleaned again it differs: %v", err)
		}
	})
}
