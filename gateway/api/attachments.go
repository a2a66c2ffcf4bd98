package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
	"shopkeeper/shop/picture"
)

// Attachments are read by their owner, or by an agent or admin of the tenant; anybody else gets NotFound.
type Attachments interface {
	// PutAttachment stores a picture for a conversation of who, which may not have begun yet.
	PutAttachment(ctx context.Context, who shop.Principal, a chat.Attachment) error
	Attachment(ctx context.Context, who shop.Principal, id string) (chat.Attachment, error)
}

const (
	attachmentsPath = "/api/attachments/"
	messagePhotos   = 5 // of one message
)

// postAttachment takes a picture as the request's body.
func (s *Server) postAttachment(c echo.Context) error {
	who, err := named(c, "")
	if err != nil {
		return err
	}
	if s.o.Attachments == nil {
		return &shop.Error{Kind: shop.NotFound, Msg: "This server takes no pictures."}
	}
	if who.Role != shop.Shopper {
		return &shop.Error{Kind: shop.Forbidden, Msg: "Pictures are for shoppers to send."}
	}
	conversation := param(c, "id")
	if err := checkConversation("id", conversation); err != nil {
		return err
	}
	b, err := readBody(c)
	if err != nil {
		return err
	}
	declared := c.Request().Header.Get("Content-Type")
	if kind, _, err := mime.ParseMediaType(declared); err == nil {
		declared = kind
	}
	p, err := picture.Check(b, declared)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(p.Bytes)
	a := chat.Attachment{ID: s.o.NewID(), Conversation: conversation, Type: p.Type, Width: p.Width, Height: p.Height, Sum: hex.EncodeToString(sum[:]), Bytes: p.Bytes}
	if err := s.o.Attachments.PutAttachment(c.Request().Context(), who, a); err != nil {
		return err
	}
	return reply(c, http.StatusCreated, shop.AttachmentCard{ID: a.ID, Type: a.Type, Width: a.Width, Height: a.Height, Size: len(a.Bytes), URL: attachmentsPath + a.ID})
}

// getAttachment gives a picture as a picture only: nothing in it can act in the page that shows it, or alone.
func (s *Server) getAttachment(c echo.Context) error {
	who, err := named(c, "")
	if err != nil {
		return err
	}
	id := param(c, "id")
	if s.o.Attachments == nil || checkID("id", id, 64) != nil {
		return &shop.Error{Kind: shop.NotFound, Msg: "There is no such attachment."}
	}
	a, err := s.o.Attachments.Attachment(c.Request().Context(), who, id)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Disposition", "inline")
	h.Set("Cache-Control", "private, max-age=86400, immutable")
	h.Add("Vary", "Authorization, Cookie")
	return unchanged(c, a.Bytes, a.Type)
}

// attachmentPart is the card of a message's file part: what it shows is the store's to say.
func attachmentPart(where, at string, cards []shop.Card) ([]shop.Card, error) {
	at, _, _ = strings.Cut(at, "?")
	i := strings.LastIndex(at, attachmentsPath)
	if i < 0 || checkID("url", at[i+len(attachmentsPath):], 64) != nil {
		return nil, &shop.Error{Kind: shop.Invalid, Code: "unsupported_part", Field: where, Msg: "A file must be an attachment of this conversation: send the picture to POST /api/conversations/{id}/attachments, then its url here."}
	}
	card := shop.Card{Kind: chat.AttachmentKind, ID: at[i+len(attachmentsPath):]}
	if slices.ContainsFunc(cards, func(c shop.Card) bool { return c.ID == card.ID }) {
		return cards, nil
	}
	if len(cards) == messagePhotos {
		return nil, &shop.Error{Kind: shop.Invalid, Code: "too_many_attachments", Field: where, Msg: fmt.Sprintf("A message shows up to %d pictures. Send the others with another one.", messagePhotos)}
	}
	return append(cards, card), nil
}
