package picture

import (
	"bytes"
	"encoding/binary"
)

// jpegHead is a JFIF segment that says nothing but that it is one.
var jpegHead = []byte{0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0}

// cleanJPEG keeps the segments that a picture is decoded from, Adobe's note on its colours, and how the camera was held. turned: it is
// shown on its side.
func cleanJPEG(b []byte) (clean []byte, turned bool, err error) {
	var body, adobe []byte
	orientation, scans := 1, 0
	for at := 2; ; {
		if at+2 > len(b) || b[at] != 0xff {
			return nil, false, broken()
		}
		marker := b[at+1]
		switch {
		case marker == 0xff: // filling
			at++
			continue
		case marker == 0xd9: // its end; what stands behind it is another file
			if scans == 0 {
				return nil, false, broken()
			}
			out := append([]byte(nil), jpegHead...)
			if orientation > 1 {
				out = append(out, orientationSegment(orientation)...)
			}
			out = append(append(out, adobe...), body...)
			return append(out, 0xff, 0xd9), orientation >= 5, nil
		case marker == 0 || marker == 1 || marker >= 0xd0 && marker <= 0xd8:
			return nil, false, broken()
		}
		if at+4 > len(b) {
			return nil, false, broken()
		}
		n := int(binary.BigEndian.Uint16(b[at+2:]))
		if n < 2 || at+2+n > len(b) {
			return nil, false, broken()
		}
		segment := b[at : at+2+n]
		at += len(segment)
		switch {
		case marker == 0xe1:
			if o := orientationOf(segment[4:]); o > 0 {
				orientation = o
			}
		case marker == 0xee && len(segment) >= 16 && bytes.HasPrefix(segment[4:], []byte("Adobe")):
			adobe = append([]byte{0xff, 0xee, 0, 14}, segment[4:16]...)
		case marker >= 0xe0 && marker <= 0xef, marker == 0xfe, marker >= 0xf0: // applications, comments
		case marker == 0xda:
			scans++
			end := scanEnd(b, at)
			if end < 0 {
				return nil, false, broken()
			}
			body = append(append(body, segment...), b[at:end]...)
			at = end
		default: // tables, frames
			body = append(body, segment...)
		}
	}
}

// scanEnd is where the next marker stands that is no part of the coded data; -1 when there is none.
func scanEnd(b []byte, at int) int {
	for {
		n := bytes.IndexByte(b[at:], 0xff)
		if n < 0 || at+n+1 >= len(b) {
			return -1
		}
		at += n
		switch next := b[at+1]; {
		case next == 0 || next >= 0xd0 && next <= 0xd7:
			at += 2
		case next == 0xff:
			at++
		default:
			return at
		}
	}
}

const exifHead = "Exif\x00\x00"

// orientationOf reads one number of an EXIF segment; 0 when it has none.
func orientationOf(b []byte) int {
	t, ok := bytes.CutPrefix(b, []byte(exifHead))
	if !ok || len(t) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(t[:2]) {
	case "II":
	case "MM":
		order = binary.BigEndian
	default:
		return 0
	}
	at := int64(order.Uint32(t[4:]))
	if at+2 > int64(len(t)) {
		return 0
	}
	entries := t[at+2:]
	for n := order.Uint16(t[at:]); n > 0 && len(entries) >= 12; n, entries = n-1, entries[12:] {
		if order.Uint16(entries) == 0x0112 {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
			return 0
		}
	}
	return 0
}

// orientationSegment is an EXIF segment that holds nothing else.
func orientationSegment(o int) []byte {
	t := append([]byte(exifHead), "MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00"...)
	t = append(t, byte(o), 0, 0, 0, 0, 0, 0)
	return append([]byte{0xff, 0xe1, 0, byte(len(t) + 2)}, t...)
}
