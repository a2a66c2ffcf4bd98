package api

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"iter"
	"strings"
	"testing"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/llmtest"
	"shopkeeper/shop"
	"shopkeeper/shop/picture"
)

func withPictures(o *Options) { o.Attachments = o.Conversations.(Attachments) }

func pngPhoto(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegPhoto(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, w, h)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (h *house) attach(secret, conversation string, body []byte, kind string) answered {
	h.t.Helper()
	return h.do("POST", "/api/conversations/"+conversation+"/attachments", secret, body, "Content-Type: "+kind)
}

func (h *house) attached(secret, conversation string, body []byte, kind string) (a shop.AttachmentCard) {
	h.t.Helper()
	h.attach(secret, conversation, body, kind).want(201).json(&a)
	return a
}

// sayPhotos is a message with pictures, as AI SDK sends it.
func sayPhotos(conversation, message, text string, urls ...string) map[string]any {
	m := say(conversation, message, text)
	parts := []any{}
	if text != "" {
		parts = append(parts, map[string]any{"type": "text", "text": text})
	}
	for _, u := range urls {
		parts = append(parts, map[string]any{"type": "file", "mediaType": "image/jpeg", "url": u})
	}
	m["messages"] = []any{map[string]any{"id": message, "role": "user", "parts": parts}}
	return m
}

func TestAttachments(t *testing.T) {
	read := ""
	h := plan{options: withPictures, model: llmtest.Func(func(ctx context.Context, req *llm.Request) iter.Seq2[llm.Delta, error] {
		read = req.Messages[len(req.Messages)-1].Text
		return (&llmtest.Script{Steps: []llmtest.Step{llmtest.Say("I cannot look at photos.")}}).Stream(ctx, req)
	})}.open(t)
	photo := jpegPhoto(t, 40, 30)
	withPlace := append(append(append([]byte{}, photo[:2]...), "\xff\xe1\x00\x18Exif\x00\x00MM51.5N 0.1W    "...), photo[2:]...)
	a := h.attached("ann", "c1", withPlace, "image/jpeg") // the conversation has not begun
	if a.Type != "image/jpeg" || a.Width != 40 || a.Height != 30 || a.URL != "/api/attachments/"+a.ID || a.Size == 0 {
		t.Fatalf("%+v", a)
	}
	got := h.do("GET", a.URL, "ann", nil).want(200)
	for name, want := range map[string]string{
		"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff", "Content-Disposition": "inline", "Content-Security-Policy": "default-src 'none'; sandbox",
		"Cache-Control": "private, max-age=86400, immutable",
	} {
		if got.header.Get(name) != want {
			t.Errorf("%s: %q", name, got.header.Get(name))
		}
	}
	if bytes.Contains(got.body, []byte("51.5N")) || len(got.body) != a.Size {
		t.Error("the place is still in it")
	}
	h.do("GET", a.URL, "ann", nil, "If-None-Match: "+got.header.Get("ETag")).want(304)
	h.do("GET", a.URL, "agent", nil).want(200)
	h.do("GET", a.URL, "admin", nil).want(200)
	h.do("GET", a.URL+"?user=ann", "app", nil).want(200)
	for _, secret := range []string{"bob", "eve", "boss", "merchant"} {
		foreign, unknown := h.do("GET", a.URL, secret, nil).refused(404, "not_found"), h.do("GET", "/api/attachments/none", secret, nil).refused(404, "not_found")
		if id := func(a answered) string { var p struct{ Detail string }; a.json(&p); return p.Detail }; id(foreign) != id(unknown) {
			t.Errorf("%s can tell a foreign picture from none", secret)
		}
	}
	h.do("GET", a.URL, "", nil).refused(401, "missing_credential")

	h.do("POST", "/api/chat", "bob", sayPhotos("c2", "m1", "look", a.URL)).refused(404, "not_found")
	h.do("POST", "/api/chat", "ann", sayPhotos("c3", "m1", "look", a.URL)).refused(404, "not_found")
	h.do("POST", "/api/chat", "ann", sayPhotos("c1", "m1", "look", "/api/attachments/none")).refused(404, "not_found")
	for _, u := range []string{"data:image/png;base64,AA", "https://elsewhere.example/x.png", "/api/attachments/", ""} {
		h.do("POST", "/api/chat", "ann", sayPhotos("c1", "m1", "look", u)).refused(400, "unsupported_part")
	}
	h.do("POST", "/api/chat", "ann", sayPhotos("c1", "m1", "")).refused(400, "empty_message")

	h.do("POST", "/api/chat", "ann", sayPhotos("c1", "m1", "", "https://shop.example"+a.URL, a.URL)).want(200) // all that is said
	if read != "[the customer attached a photo]" {
		t.Errorf("the model reads %q", read)
	}
	var c struct{ Messages []messageView }
	h.do("GET", "/api/conversations/c1", "agent", nil).want(200).json(&c)
	var card shop.AttachmentCard
	if m := c.Messages[0]; m.Role != chat.User || m.Text != "" || len(m.Cards) != 1 || m.Cards[0].Kind != "attachment" || json.Unmarshal(m.Cards[0].Data, &card) != nil || card != a {
		t.Errorf("shown as %+v", m)
	}
	h.do("POST", "/api/chat", "ann", sayPhotos("c1", "m2", "it came like this", a.URL)).want(200)
	if read != "it came like this\n[the customer attached a photo]" {
		t.Errorf("the model reads %q", read)
	}
	b := h.attached("bob", "zh", photo, "image/jpeg")
	h.do("POST", "/api/chat", "bob", sayPhotos("zh", "m1", "", b.URL), "Accept-Language: zh-CN").want(200)
	if read != "[顾客附上了一张照片]" {
		t.Errorf("the model reads %q", read)
	}
	h.attach("bob", "c1", photo, "image/jpeg").refused(404, "not_found")
	h.do("DELETE", "/api/conversations/c1", "ann", nil).want(204)
	h.do("GET", a.URL, "ann", nil).refused(404, "not_found")
}

func TestAttachmentsRefused(t *testing.T) {
	h := plan{options: withPictures}.open(t)
	huge := pngPhoto(t, 1, 1)
	copy(huge[16:], "\x00\x00\x9c\x40\x00\x00\x9c\x40")
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	for name, c := range map[string]struct {
		body   []byte
		kind   string
		status int
		code   string
	}{
		"a png that says it is jpeg": {pngPhoto(t, 4, 4), "image/jpeg", 400, "wrong_picture_type"},
		"html":                       {[]byte("<html><script>alert(1)</script>"), "image/png", 400, "unsupported_picture"},
		"html behind a png's head":   {[]byte("\x89PNG\r\n\x1a\n<html><script>alert(1)</script></html>"), "image/png", 400, "broken_picture"},
		"svg":                        {[]byte("<svg/>"), "image/svg+xml", 400, "unsupported_picture"},
		"nothing":                    {[]byte{}, "image/png", 400, "empty_picture"},
		"too many bytes":             {make([]byte, picture.MaxBytes+1), "image/png", 413, "too_large"},
		"a bomb":                     {huge, "image/png", 413, "picture_too_many_pixels"},
	} {
		t.Run(name, func(t *testing.T) { h.attach("ann", "c1", c.body, c.kind).refused(c.status, c.code) })
	}
	h.attach("ann", "c%20x", pngPhoto(t, 4, 4), "image/png").refused(400, "invalid_request")
	h.attach("app", "c1", pngPhoto(t, 4, 4), "image/png").refused(400, "invalid_request")
	h.attach("agent", "c1", pngPhoto(t, 4, 4), "image/png").refused(403, "forbidden")
	h.attach("merchant", "c1", pngPhoto(t, 4, 4), "image/png").refused(403, "forbidden")
	var urls []string
	for i := range 20 {
		urls = append(urls, h.attached("ann", "c1", pngPhoto(t, 4, 4+i), "image/png").URL)
	}
	if said := string(h.attach("ann", "c1", pngPhoto(t, 4, 4), "image/png").refused(422, "too_many_attachments").body); !strings.Contains(said, "20 pictures") {
		t.Error(said)
	}
	h.do("POST", "/api/chat", "ann", sayPhotos("c1", "m1", "all", urls[:6]...)).refused(400, "too_many_attachments")
	h.do("POST", "/api/chat", "ann", sayPhotos("c1", "m1", "some", urls[:5]...)).want(200)
	key := "Idempotency-Key: k1"
	first := h.do("POST", "/api/conversations/c2/attachments", "bob", pngPhoto(t, 4, 4), "Content-Type: image/png", key).want(201)
	again := h.do("POST", "/api/conversations/c2/attachments", "bob", pngPhoto(t, 4, 4), "Content-Type: image/png", key).want(201)
	if !bytes.Equal(first.body, again.body) {
		t.Error("stored twice")
	}
	h = plan{}.open(t)
	h.attach("ann", "c1", pngPhoto(t, 4, 4), "image/png").refused(404, "not_found")
	h.do("GET", "/api/attachments/"+fmt.Sprint(1), "ann", nil).refused(404, "not_found")
}
