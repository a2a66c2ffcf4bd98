// Package picture checks the pictures that shoppers send, and takes out of them what is no picture: places, cameras, comments, other files.
package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	_ "image/jpeg" // DecodeConfig
	_ "image/png"  // DecodeConfig

	"shopkeeper/shop"
)

// Types that are taken.
const (
	PNG  = "image/png"
	JPEG = "image/jpeg"
	WebP = "image/webp"
)

const (
	MaxBytes  = 5 << 20
	MaxPixels = 50_000_000
)

// Picture is one that was checked: Bytes hold the picture and nothing else.
type Picture struct {
	Type          string
	Width, Height int // as it is shown
	Bytes         []byte
}

// Check reads a picture. declared is what its sender says it is: "" says nothing.
func Check(b []byte, declared string) (p Picture, err error) {
	switch {
	case len(b) == 0:
		return p, bad("empty_picture", "The picture is empty. Choose another one.")
	case len(b) > MaxBytes:
		return p, &shop.Error{Kind: shop.TooLarge, Code: "picture_too_large", Msg: fmt.Sprintf("The picture is larger than %d MB. Send a smaller one.", MaxBytes>>20)}
	}
	if p.Type = sniff(b); p.Type == "" {
		return p, bad("unsupported_picture", "This is no picture that is taken here: send a PNG, JPEG or WebP.")
	}
	if declared != "" && declared != p.Type {
		return p, bad("wrong_picture_type", "The request says %.40q, but the file is %s. Send it with its own type.", declared, p.Type)
	}
	turned := false
	switch p.Type {
	case PNG:
		p.Bytes, err = cleanPNG(b)
	case JPEG:
		p.Bytes, turned, err = cleanJPEG(b)
	case WebP:
		p.Bytes, p.Width, p.Height, err = cleanWebP(b)
	}
	if err != nil {
		return Picture{}, err
	}
	if p.Type != WebP {
		c, format, err := image.DecodeConfig(bytes.NewReader(p.Bytes))
		if err != nil || "image/"+format != p.Type {
			return Picture{}, broken()
		}
		p.Width, p.Height = c.Width, c.Height
	}
	if p.Width <= 0 || p.Height <= 0 {
		return Picture{}, broken()
	}
	if int64(p.Width)*int64(p.Height) > MaxPixels {
		return Picture{}, &shop.Error{Kind: shop.TooLarge, Code: "picture_too_many_pixels", Msg: fmt.Sprintf("The picture has %d × %d pixels; up to %d megapixels are taken. Send a smaller one.", p.Width, p.Height, MaxPixels/1_000_000)}
	}
	if turned {
		p.Width, p.Height = p.Height, p.Width
	}
	return p, nil
}

func sniff(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte(pngHead)):
		return PNG
	case bytes.HasPrefix(b, []byte{0xff, 0xd8, 0xff}):
		return JPEG
	case len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		return WebP
	}
	return ""
}

func bad(code, format string, args ...any) error {
	return &shop.Error{Kind: shop.Invalid, Code: code, Msg: fmt.Sprintf(format, args...)}
}

func broken() error {
	return bad("broken_picture", "The picture is damaged or not complete. Take it again or choose another one.")
}

const pngHead = "\x89PNG\r\n\x1a\n"

// pngKept are the chunks that a picture is made of; of a moving one the first picture is kept.
var pngKept = map[string]bool{"IHDR": true, "PLTE": true, "tRNS": true, "IDAT": true, "IEND": true, "gAMA": true, "cHRM": true, "sRGB": true}

func cleanPNG(b []byte) ([]byte, error) {
	out, data := append(make([]byte, 0, len(b)), pngHead...), false
	for at, first := len(pngHead), true; ; first = false {
		if len(b)-at < 12 {
			return nil, broken()
		}
		n, kind := int64(binary.BigEndian.Uint32(b[at:])), string(b[at+4:at+8])
		if n > int64(len(b)-at-12) || first != (kind == "IHDR") {
			return nil, broken()
		}
		end := at + 12 + int(n)
		if crc32.ChecksumIEEE(b[at+4:end-4]) != binary.BigEndian.Uint32(b[end-4:]) {
			return nil, broken()
		}
		if pngKept[kind] {
			out = append(out, b[at:end]...)
		}
		data = data || kind == "IDAT"
		if kind == "IEND" { // what stands behind it is another file
			if !data || n != 0 {
				return nil, broken()
			}
			return out, nil
		}
		at = end
	}
}

// cleanWebP also reads the size: the header is all that there is to check without a decoder.
func cleanWebP(b []byte) (clean []byte, width, height int, err error) {
	size := int64(binary.LittleEndian.Uint32(b[4:])) + 8
	if size > int64(len(b)) || size < 20 {
		return nil, 0, 0, broken()
	}
	b = b[:size]
	out, found := append(make([]byte, 0, len(b)), b[:12]...), false
	for at := 12; at < len(b); {
		if len(b)-at < 8 {
			return nil, 0, 0, broken()
		}
		kind, n := string(b[at:at+4]), int64(binary.LittleEndian.Uint32(b[at+4:]))
		padded := n + n&1
		if padded > int64(len(b)-at-8) {
			return nil, 0, 0, broken()
		}
		body := b[at+8 : at+8+int(n)]
		chunk := b[at : at+8+int(padded)]
		at += len(chunk)
		switch kind {
		case "ANIM", "ANMF":
			return nil, 0, 0, bad("moving_picture", "Moving pictures are not taken. Send a still one.")
		case "VP8X":
			if len(out) > 12 || len(body) < 10 {
				return nil, 0, 0, broken()
			}
			at := len(out)
			out = append(out, chunk...)
			out[at+8] &= 0x10 // only that it has an alpha channel stays true
		case "ALPH":
			out = append(out, chunk...)
		case "VP8 ":
			if found || len(body) < 10 || body[0]&1 != 0 || string(body[3:6]) != "\x9d\x01\x2a" {
				return nil, 0, 0, broken()
			}
			width, height = int(binary.LittleEndian.Uint16(body[6:])&0x3fff), int(binary.LittleEndian.Uint16(body[8:])&0x3fff)
			out, found = append(out, chunk...), true
		case "VP8L":
			if found || len(body) < 5 || body[0] != 0x2f {
				return nil, 0, 0, broken()
			}
			bits := binary.LittleEndian.Uint32(body[1:])
			width, height = int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1
			out, found = append(out, chunk...), true
		}
	}
	if !found {
		return nil, 0, 0, broken()
	}
	if string(out[12:16]) == "VP8X" {
		canvas := func(at int) int { return int(out[at]) | int(out[at+1])<<8 | int(out[at+2])<<16 }
		if canvas(24)+1 != width || canvas(27)+1 != height {
			return nil, 0, 0, broken()
		}
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8)) //nolint:gosec // shorter than MaxBytes
	return out, width, height, nil
}
