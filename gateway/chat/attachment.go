package chat

import (
	"strings"
	"time"

	"shopkeeper/shop"
)

// AttachmentKind is the kind of the card that shows an attachment.
const AttachmentKind = "attachment"

// Attachment is a picture that a shopper sent. Its conversation may not have begun yet.
type Attachment struct {
	ID, Conversation string
	Type             string
	Width, Height    int
	Sum              string // SHA-256 of Bytes, hexadecimal
	Bytes            []byte
	Created          time.Time
}

// Photos counts the pictures that came with a message.
func (m Message) Photos() (n int) {
	for _, c := range m.Cards {
		if m.Role == User && c.Kind == AttachmentKind {
			n++
		}
	}
	return n
}

// Read is a message's text as one reads it who cannot see pictures.
func (m Message) Read(lang string) string {
	if m.Photos() == 0 {
		return m.Text
	}
	return strings.TrimPrefix(m.Text+"\n"+PhotoNote(lang), "\n")
}

// PhotoNote stands for a picture.
func PhotoNote(lang string) string {
	if lang == "zh" {
		return "[顾客附上了一张照片]"
	}
	return "[the customer attached a photo]"
}

// SameCards says whether two messages show the same: by kind and id.
func SameCards(a, b []shop.Card) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Kind != b[i].Kind || a[i].ID != b[i].ID {
			return false
		}
	}
	return true
}
