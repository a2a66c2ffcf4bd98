// Package usage is accounting and limits: what each call of a model used and cost, and how much a key, a shopper and a tenant may.
package usage

import (
	"context"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// Sink keeps rows; the store implements it. A row whose ID is there already is left as it is.
type Sink interface {
	SaveCalls(ctx context.Context, rows []chat.Call) error
}

// Counter counts for all replicas; cluster implements it, in memory and on Redis. Take is all or nothing: refused is the index of
// the first that would pass its limit, -1 when all were taken; left has one entry a Take. Give takes N back (negative: takes more,
// whatever the limit), and lets a Hold go.
type Counter interface {
	Take(ctx context.Context, ts []shop.Take) (left []shop.Left, refused int, err error)
	Give(ctx context.Context, ts []shop.Take) error
}

// Spend is one group of calls in a report.
type Spend struct {
	Name                                   string // what it is grouped by; "" = all
	From                                   time.Time
	Requests, Failed                       int64
	Input, Cached, Output, Reasoning, Nano int64
	FirstP50, FirstP95                     time.Duration
	Endings                                map[string]int64
}

// CallQuery chooses calls of a tenant.
type CallQuery struct {
	Tenant, Conversation, Turn string    // Turn "" with Conversation "": of all
	From, To                   time.Time // To zero: until now
	Raw                        bool      // only those of no turn
	Failed                     bool      // only those that failed
	Slow                       time.Duration
	Limit                      int // 0 = 100
}

// Spent is money that a person used with a key.
type Spent struct {
	Tenant, Key, Person string
	Nano                int64
}
