package shop

import (
	"encoding/json"
	"net/mail"
	"strings"
	"time"
)

// OutboxKind is the way that a message of the outbox goes.
type OutboxKind string

const (
	OutboxMail    OutboxKind = "mail"
	OutboxWebhook OutboxKind = "webhook"
)

// Topics of mails. Those of webhooks are the events that shops subscribe to.
const (
	MailCode  = "code"        // payload CodeMail
	MailReply = "agent_reply" // payload ReplyMail
)

// OutboxState is how a message stands.
type OutboxState string

const (
	OutboxWaiting OutboxState = "waiting"
	OutboxSent    OutboxState = "sent"
	OutboxFailed  OutboxState = "failed" // given up; Problem says why
)

// OutboxMessage is on its way out of the house: once at least, and known by its ID where it comes twice.
type OutboxMessage struct {
	Tenant, ID string // ID "": made up. A message whose ID is there already is not put in again
	Kind       OutboxKind
	Topic      string
	Target     string          // address of a webhook; "" = all that the configuration has for Topic
	Person     string          // subject of whom it tells of, who may want it erased; "" = nobody
	Payload    json.RawMessage // gone when the message is settled
	State      OutboxState
	Tries      int64 // the one under way included
	Created    time.Time
	Due        time.Time // zero: at once
	Problem    string    // of the last try
}

// OutboxResult is what came of a try: OutboxWaiting tries again after Wait.
type OutboxResult struct {
	State   OutboxState
	Wait    time.Duration
	Problem string
}

// CodeMail asks for a mail with a six-digit code. It holds no code: that is made when the mail is written, and is nowhere at rest.
type CodeMail struct {
	Subject string `json:"subject"` // who asked
	Email   string `json:"email"`   // folded
	Request string `json:"request"`
	Lang    string `json:"lang,omitempty"`
}

// ReplyMail tells a shopper what a person of the shop answered.
type ReplyMail struct {
	For          Principal `json:"for"`
	Conversation string    `json:"conversation"`
	Text         string    `json:"text"`
	Lang         string    `json:"lang,omitempty"`
}

// FoldEmail is an address as it is compared: without space around it, ASCII letters in lower case. Other letters are left as they are, so
// that no other address folds to the same.
func FoldEmail(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, strings.TrimSpace(s))
}

// ValidEmail says whether s is an address and nothing else.
func ValidEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && a.Name == "" && len(s) <= 254 && !strings.ContainsAny(s, "\r\n\x00")
}
