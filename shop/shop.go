// Package shop holds the nouns of the shop and the ports that several packages share. It imports nothing of ours.
package shop

import (
	"context"
	"encoding/json"
	"net/url"
	"time"
)

// Role is what a credential may do.
type Role string

const (
	Shopper  Role = "shopper"
	Agent    Role = "agent"
	Merchant Role = "merchant"
	Admin    Role = "admin"
	App      Role = "app"
	Widget   Role = "widget"
)

// Principal is who asks. It is made from the credential alone, never from a request's body or a model's words.
type Principal struct {
	Tenant   string
	Merchant string // role merchant only
	ID       string // the person: shopper id, agent id …; "" for an app key that names nobody
	Key      string // id of the credential; limits are per key
	Role     Role
	Anon     bool // an anonymous shopper (ID is made by the server)
}

// Subject says whose a record is, in one word: of people with the same id in different roles, or of an anonymous shopper and
// a named one, none is the other. A credential that names nobody stands for itself.
func (p Principal) Subject() string {
	kind, id := "id", p.ID
	switch {
	case p.Anon:
		kind = "anon"
	case id == "":
		kind, id = "key", p.Key
	}
	return string(p.Role) + "/" + url.PathEscape(p.Merchant) + "/" + kind + "/" + url.PathEscape(id)
}

// Kind classes an error; api alone maps kinds to HTTP.
type Kind int

const (
	Internal Kind = iota
	Invalid
	Unauthorized
	Forbidden
	NotFound
	Conflict
	Busy
	TooLarge
	Limited
	Unavailable
	Refused
	Unclear // the other system did not say
)

// Error carries what may be shown (Msg) apart from what is for the log (Err).
type Error struct {
	Kind  Kind
	Msg   string // public: one sentence that names the thing and the mend
	Err   error  // private cause
	Code  string // machine word, such as "unsupported_parameter"; "" = derived from Kind
	Field string // the parameter that is wrong
	Retry time.Duration
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Msg + ": " + e.Err.Error()
	}
	return e.Msg
}
func (e *Error) Unwrap() error { return e.Err }

// Card is a tool's structured result as a client shows it. Data is one of the …Card types of card.go, as JSON.
type Card struct {
	Kind string          `json:"kind"` // products product compare coupon order policy proposal
	ID   string          `json:"id"`
	Data json.RawMessage `json:"data"`
}

// Tenant is one shop.
type Tenant struct {
	ID       string            `json:"id"`
	Name     string            `json:"name,omitempty"`
	Currency string            `json:"currency"`          // ISO 4217
	Zone     string            `json:"zone"`              // IANA time zone
	Lang     string            `json:"lang"`              // en, zh
	Issuers  map[string]string `json:"issuers,omitempty"` // key id → PEM public key of the shop's own tokens
	Limits   Limits            `json:"limits,omitzero"`
}

// Key is a credential; the secret itself is never stored.
type Key struct {
	ID, Tenant, Merchant string
	Person               string // --id: the person a staff or shopper key stands for
	Origin               string // widget keys: the one origin they work from
	Role                 Role
	Hash                 [32]byte // SHA-256 of the secret
	Created              time.Time
	Expires              time.Time // zero: never
	Revoked              bool
	Limits               Limits
}

// Merchant is a seller inside a tenant.
type MerchantInfo struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Person is a shopper as the shop knows them.
type Person struct {
	ID, Name, Email, Lang, Phone string
	Level                        int // member level, 0–3
	Joined                       time.Time
	Address                      Address         // where orders go when nothing else is said
	Methods                      []PaymentMethod // kept ways to pay
	Revision                     int64
}

// PaymentMethod is a way to pay that the shop keeps. It holds no secret.
type PaymentMethod struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"` // card, paypal, gift_card
	Brand   string `json:"brand,omitempty"`
	Last4   string `json:"last4,omitempty"`
	Balance *Money `json:"balance,omitempty"` // gift cards
}

// Method is a kept way to pay.
func (p Person) Method(id string) (PaymentMethod, bool) {
	for _, m := range p.Methods {
		if m.ID == id {
			return m, true
		}
	}
	return PaymentMethod{}, false
}

// Orders finds orders. It never returns another shopper's order: that is NotFound.
type Orders interface {
	Order(ctx context.Context, who Principal, id string) (Order, error)
	Orders(ctx context.Context, who Principal, limit int) ([]Order, error) // newest first
}
