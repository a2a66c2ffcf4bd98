package connector

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"shopkeeper/shop"
)

// Sizes of bodies. Whatever is longer is refused unread.
const (
	maxRequest = 64 << 10
	maxAnswer  = 64 << 10 // about an action
	maxRecords = 4 << 20  // of a look-up
	maxOrders  = 200      // in one look-up
)

const maxRevision = 1<<53 - 1 // the largest integer that every JSON reader keeps exactly

// Account is a shopper's account on the wire.
type Account struct {
	ID       string               `json:"id"`
	Name     string               `json:"name"`
	Email    string               `json:"email,omitempty"`
	Lang     string               `json:"lang,omitempty"`
	Phone    string               `json:"phone,omitempty"`
	Level    int                  `json:"level,omitempty"`
	Joined   time.Time            `json:"joined,omitzero"`
	Address  shop.Address         `json:"address,omitzero"`
	Methods  []shop.PaymentMethod `json:"methods,omitempty"`
	Revision int64                `json:"revision"`
}

func accountOf(p shop.Person) Account {
	return Account{p.ID, p.Name, p.Email, p.Lang, p.Phone, p.Level, p.Joined, p.Address, p.Methods, p.Revision}
}

func (a Account) person() shop.Person {
	return shop.Person{
		ID: a.ID, Name: a.Name, Email: a.Email, Lang: a.Lang, Phone: a.Phone, Level: a.Level, Joined: a.Joined, Address: a.Address, Methods: a.Methods, Revision: a.Revision,
	}
}

// Find is what a person at the desk knows of a shopper: an e-mail address, or a name with a postal code. It finds, it proves nothing.
type Find struct {
	Email  string `json:"email,omitempty"`
	Name   string `json:"name,omitempty"`
	Postal string `json:"postal,omitempty"`
}

func (f Find) valid() bool {
	return f.Email != "" && f.Name == "" && f.Postal == "" || f.Email == "" && f.Name != "" && f.Postal != ""
}

// Answer is what the shop says of a key.
type Answer struct {
	Key    string `json:"key"`
	Record string `json:"record"`
	On     int64  `json:"on"` // the action's revision
	shop.Outcome
}

// Problem is why a request is refused.
type Problem struct {
	Code string `json:"code"`
	Msg  string `json:"msg"`
}

type (
	orderList struct {
		Orders []shop.Order `json:"orders"`
	}
	accountList struct {
		Accounts []Account `json:"accounts"`
	}
	failure struct {
		Error Problem `json:"error"`
	}
)

// decode reads one JSON value and nothing behind it, of known fields alone.
func decode[T any](body []byte) (v T, err error) {
	if !utf8.Valid(body) {
		return v, errors.New("it is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return v, errors.New("something follows the JSON value")
	}
	return v, nil
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// bodyOf is an action as it is sent. The same action is the same bytes, wherever it was kept in between.
func bodyOf(a shop.Action) ([]byte, error) {
	a.At = a.At.UTC().Truncate(time.Microsecond)
	args := json.RawMessage("{}")
	if len(a.Args) > 0 {
		d := json.NewDecoder(bytes.NewReader(a.Args))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			return nil, fmt.Errorf("read arguments: %w", err)
		}
		var err error
		if args, err = encode(v); err != nil {
			return nil, err
		}
	}
	a.Args = args
	return encode(a)
}

var (
	keys  = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,128}$`)
	codes = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	money = regexp.MustCompile(`^[A-Z]{3}$`)
)

// plain says whether an id may stand in a path and in a sentence.
func plain(id string) bool {
	return id != "" && id != "." && id != ".." && len(id) <= 128 && utf8.ValidString(id) && !strings.ContainsFunc(id, func(r rune) bool { return !unicode.IsPrint(r) })
}

// checkAnswer says what is wrong with an answer to an action under a key. What passes is to be believed.
func checkAnswer(w Answer, key string, a shop.Action) error {
	switch {
	case w.Key != key:
		return fmt.Errorf("it is of the key %q", w.Key)
	case w.Record != a.Record:
		return fmt.Errorf("it is of the record %q", w.Record)
	case w.On != a.Revision:
		return fmt.Errorf("it is of revision %d, asked was for %d", w.On, a.Revision)
	case w.Revision < 0 || w.Revision > maxRevision:
		return fmt.Errorf("revision %d is none", w.Revision)
	case utf8.RuneCountInString(w.Msg) > 500 || strings.ContainsFunc(w.Msg, unicode.IsControl):
		return errors.New("msg is not one line of at most 500 characters")
	}
	switch w.State {
	case shop.OutcomeDone:
		if w.Code != "" {
			return errors.New("it is done and has a code of a refusal")
		}
		if w.Revision < a.Revision {
			return fmt.Errorf("it is done, but the record went back from revision %d to %d", a.Revision, w.Revision)
		}
	case shop.OutcomeRefused:
		if !codes.MatchString(w.Code) || strings.TrimSpace(w.Msg) == "" {
			return errors.New("a refusal needs a code and a msg")
		}
	case shop.OutcomeUnclear:
	default:
		return fmt.Errorf("state %q is none of done, refused, unclear", w.State)
	}
	return nil
}

var (
	statuses       = []string{"pending", "paid", "processed", "shipped", "delivered", "cancelled", "return_requested", "returned", "exchange_requested", "exchanged"}
	shipmentStates = []string{"label_created", "in_transit", "out_for_delivery", "delivered", "delayed", "returned"}
)

// checkOrder says what is wrong with an order.
func checkOrder(o shop.Order) error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("order %q: %s", o.ID, fmt.Sprintf(format, args...))
	}
	switch {
	case !plain(o.ID):
		return bad("id must be 1 to 128 printable characters")
	case !plain(o.Shopper):
		return bad("shopper must be 1 to 128 printable characters")
	case !slices.Contains(statuses, o.Status):
		return bad("status %q is none of %s", o.Status, strings.Join(statuses, ", "))
	case o.Placed.IsZero():
		return bad("placed is missing")
	case o.Revision < 1 || o.Revision > maxRevision:
		return bad("revision %d is not from 1 to 2^53-1", o.Revision)
	case len(o.Items) == 0:
		return bad("it has no items")
	case !money.MatchString(o.Total.Currency):
		return bad("total.currency %q is no ISO 4217 code", o.Total.Currency)
	}
	amounts := []shop.Money{o.Total, o.Shipping, o.Discount}
	for i, it := range o.Items {
		if it.Product == "" || it.Title == "" || it.Qty < 1 || it.Price.Minor < 0 {
			return bad("item %d needs product, title, a price from 0 and a qty from 1", i+1)
		}
		amounts = append(amounts, it.Price)
	}
	for i, p := range o.Payments {
		if p.Method == "" || p.Kind == "" {
			return bad("payment %d needs method and kind", i+1)
		}
		amounts = append(amounts, p.Amount)
	}
	for i, s := range o.Shipments {
		if !slices.Contains(shipmentStates, s.State) {
			return bad("shipment %d: state %q is none of %s", i+1, s.State, strings.Join(shipmentStates, ", "))
		}
	}
	for _, m := range amounts {
		if m != (shop.Money{}) && m.Currency != o.Total.Currency {
			return bad("an amount is in %q, its total in %q", m.Currency, o.Total.Currency)
		}
		if m.Minor > 1<<50 || m.Minor < -1<<50 {
			return bad("the amount %d is out of range", m.Minor)
		}
	}
	return nil
}

// checkAccount says what is wrong with an account.
func checkAccount(a Account) error {
	switch {
	case !plain(a.ID):
		return fmt.Errorf("account %q: id must be 1 to 128 printable characters", a.ID)
	case a.Level < 0 || a.Level > 3:
		return fmt.Errorf("account %q: level %d is not from 0 to 3", a.ID, a.Level)
	case a.Revision < 1 || a.Revision > maxRevision:
		return fmt.Errorf("account %q: revision %d is not from 1 to 2^53-1", a.ID, a.Revision)
	}
	for i, m := range a.Methods {
		if m.ID == "" || m.Kind == "" || len(m.Last4) > 4 {
			return fmt.Errorf("account %q: method %d needs id and kind, and no more than 4 digits of a number", a.ID, i+1)
		}
		if m.Balance != nil && (!money.MatchString(m.Balance.Currency) || m.Balance.Minor < 0) {
			return fmt.Errorf("account %q: the balance of method %d is no amount", a.ID, i+1)
		}
	}
	return nil
}
