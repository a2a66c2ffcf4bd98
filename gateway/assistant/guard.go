package assistant

import (
	"encoding/json"
	"time"
)

type evidence struct{}

func newEvidence(currency string, zone *time.Location, now time.Time) *evidence { return &evidence{} }
func (e *evidence) add(tool string, output json.RawMessage)                     {}
func (e *evidence) user(text string)                                            {}

type guard struct{}

func newGuard(lang string, e *evidence) *guard { return &guard{} }
func (g *guard) Write(s string) string         { return s }
func (g *guard) Flush() string                 { return "" }
func (g *guard) Struck() int                   { return 0 }
