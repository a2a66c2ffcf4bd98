package shop

import "time"

// Limits of a key, a shopper or a tenant. 0 = none said: what is configured for all counts; negative = no limit. Money is in 1e-9
// of the unit of the currency that the models' prices are in.
type Limits struct {
	Requests int64 `json:"requests,omitempty" toml:"requests"` // a minute
	Tokens   int64 `json:"tokens,omitempty" toml:"tokens"`     // a minute
	Streams  int64 `json:"streams,omitempty" toml:"streams"`   // at once
	NanoDay  int64 `json:"nano_day,omitempty" toml:"nano_day"`
	NanoMon  int64 `json:"nano_month,omitempty" toml:"nano_month"`
}

// TakeKind says how a Take is counted.
type TakeKind int

const (
	Rate TakeKind = iota // at most Limit at once, refilled evenly over Window (GCRA)
	Sum                  // at most Limit until Until, when the count is forgotten
	Hold                 // at most Limit holders at once; the holder ID gives it back, or dies with its process
)

// Take is one thing to count. Counting is shared by all replicas.
type Take struct {
	Kind   TakeKind
	Key    string
	ID     string // Hold: who holds
	N      int64  // how much; a Hold counts as one
	Limit  int64
	Window time.Duration // Rate
	Until  time.Time     // Sum
}

// Left is what a Take left: how much is free, when all of it will be free again, and, when it was refused, when to try again.
type Left struct {
	Left         int64
	Reset, Retry time.Duration
}
