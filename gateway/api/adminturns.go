package api

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/usage"
	"shopkeeper/shop"
)

// slowTurn is from when on a turn is listed as slow.
const slowTurn = 5 * time.Second

// turnEntry is a turn of an assistant, or a call of a raw alias, without a word of what was said.
type turnEntry struct {
	ID           string      `json:"id"`
	At           time.Time   `json:"at"`
	Kind         string      `json:"kind"` // turn, call
	Assistant    string      `json:"assistant,omitempty"`
	Alias        string      `json:"alias,omitempty"`
	Conversation string      `json:"conversation,omitempty"`
	Key          string      `json:"key,omitempty"`
	Rung         string      `json:"rung,omitempty"`
	Ending       chat.Ending `json:"ending"`
	Duration     float64     `json:"duration_ms"`
	TTFT         float64     `json:"ttft_ms,omitempty"`
	Error        string      `json:"error,omitempty"`
	Spans        []span      `json:"spans,omitempty"`
}

// span is a hop of a turn.
type span struct {
	Name       string         `json:"name"`
	Kind       string         `json:"kind"` // turn, round, model, tool
	Start      float64        `json:"start_ms"`
	Duration   float64        `json:"duration_ms"`
	Parent     *int           `json:"parent,omitempty"` // its place in the list
	Status     string         `json:"status"`           // ok, error
	Attributes map[string]any `json:"attributes,omitempty"`
}

// turns lists those of assistants and raw calls together, the newest first.
func (s *Server) turns(c echo.Context) error {
	limit, err := upTo(c, "limit", 50, 200)
	if err != nil {
		return err
	}
	tq := chat.TurnQuery{Tenant: callerOf(c).who.Tenant, From: s.o.Now().Add(-24 * time.Hour), Limit: limit}
	cq := usage.CallQuery{Tenant: tq.Tenant, From: tq.From, Limit: limit, Raw: true}
	switch c.QueryParam("state") {
	case "", "all":
	case "slow":
		tq.Slow, cq.Slow = slowTurn, slowTurn
	case "failed":
		tq.Failed, cq.Failed = true, true
	default:
		return invalid("state", "“state” is one of all, slow, failed.")
	}
	ctx := c.Request().Context()
	turns, err := s.o.Admin.Turns(ctx, tq)
	if err != nil {
		return err
	}
	calls, err := s.o.Admin.Calls(ctx, cq)
	if err != nil {
		return err
	}
	out := []turnEntry{}
	for _, t := range turns {
		out = append(out, entryOfTurn(t))
	}
	for _, call := range calls {
		out = append(out, entryOfCall(call))
	}
	slices.SortStableFunc(out, func(a, b turnEntry) int { return b.At.Compare(a.At) })
	return reply(c, http.StatusOK, struct {
		Turns []turnEntry `json:"turns"`
	}{out[:min(limit, len(out))]})
}

// An id says which kind it is of, and when it was: the records are kept by time.
func entryID(kind string, at time.Time, id string) string {
	return kind + "." + strconv.FormatInt(at.UnixMicro(), 36) + "." + id
}

func entryOfTurn(t chat.TurnRecord) turnEntry {
	took := max(0, t.Closed.Sub(t.Opened))
	return turnEntry{
		ID: entryID("t", t.Opened, t.ID), At: t.Opened, Kind: "turn", Assistant: t.Assistant, Conversation: t.Conversation, Rung: t.Rung, Ending: t.Ending,
		Duration: ms(took), TTFT: ms(min(t.First, took)), // events count from the message, which came a moment before the turn was opened
	}
}

func entryOfCall(c chat.Call) turnEntry {
	return turnEntry{
		ID: entryID("c", c.At, c.ID), At: c.At, Kind: "call", Alias: c.Alias, Key: c.Who.Key, Rung: c.Target, Ending: c.Ending, Duration: ms(c.Took),
		TTFT: ms(c.First), Error: c.Problem,
	}
}

// word is what a problem is called on the wires.
func word(e *shop.Error) string { return cmp.Or(e.Code, classes[e.Kind].code) }

// oneTurn is an entry with its hops.
func (s *Server) oneTurn(c echo.Context) error {
	none := &shop.Error{Kind: shop.NotFound, Msg: "There is no such turn, or it is no longer kept."}
	kind, rest, _ := strings.Cut(c.Param("id"), ".")
	stamp, id, ok := strings.Cut(rest, ".")
	us, err := strconv.ParseInt(stamp, 36, 64)
	if err != nil || !ok {
		return none
	}
	at, ctx, tenant := time.UnixMicro(us).UTC(), c.Request().Context(), callerOf(c).who.Tenant
	switch kind {
	case "c":
		calls, err := s.o.Admin.Calls(ctx, usage.CallQuery{Tenant: tenant, From: at, To: at.Add(time.Microsecond), Limit: 1000, Raw: true})
		if err != nil {
			return err
		}
		i := slices.IndexFunc(calls, func(c chat.Call) bool { return c.ID == id })
		if i < 0 {
			return none
		}
		e := entryOfCall(calls[i])
		e.Spans = []span{callSpan(calls[i], at, nil)}
		return reply(c, http.StatusOK, e)
	case "t":
		t, err := s.o.Admin.Turn(ctx, tenant, id, at)
		if err != nil {
			return err
		}
		// A call is accounted when it ends, by the time at which it began; a hedge that lost may end after the turn.
		calls, err := s.o.Admin.Calls(ctx, usage.CallQuery{Tenant: tenant, Conversation: t.Conversation, Turn: t.ID, From: at.Add(-time.Minute), To: t.Closed.Add(time.Minute), Limit: 200})
		if err != nil {
			return err
		}
		return reply(c, http.StatusOK, withSpans(entryOfTurn(t), t, calls))
	}
	return none
}

// withSpans lays a turn's hops out of what was stored of it: its events say when rounds and tools began and ended, the accounts what
// was asked of which target.
func withSpans(e turnEntry, t chat.TurnRecord, calls []chat.Call) turnEntry {
	status := func(bad bool) string {
		if bad {
			return "error"
		}
		return "ok"
	}
	root := 0
	e.Spans = []span{{Name: t.Assistant, Kind: "turn", Duration: e.Duration, Status: status(t.Ending == chat.Failed), Attributes: map[string]any{"ending": t.Ending, "rung": t.Rung}}}
	round, open := -1, map[string]int{}
	for _, ev := range t.Events {
		at := float64(ev.After)
		switch ev.Kind {
		case chat.EvStep:
			e.Spans = append(e.Spans, span{Name: "round", Kind: "round", Start: at, Parent: &root, Status: "ok"})
			if round >= 0 {
				e.Spans[round].Duration = at - e.Spans[round].Start
			}
			round = len(e.Spans) - 1
		case chat.EvCall:
			if ev.Call == nil {
				continue
			}
			parent := max(round, 0)
			open[ev.Call.ID] = len(e.Spans)
			e.Spans = append(e.Spans, span{Name: ev.Call.Name, Kind: "tool", Start: at, Parent: &parent, Status: "ok"})
		case chat.EvResult:
			if ev.Call == nil {
				continue
			}
			if i, ok := open[ev.Call.ID]; ok {
				e.Spans[i].Duration, e.Spans[i].Status = at-e.Spans[i].Start, status(ev.Problem != nil)
				if ev.Problem != nil {
					e.Spans[i].Attributes = map[string]any{"error": word(ev.Problem)}
				}
			}
		case chat.EvEnded:
			if round >= 0 {
				e.Spans[round].Duration = at - e.Spans[round].Start
			}
			if ev.Problem != nil {
				e.Error = word(ev.Problem)
			}
		}
	}
	for _, call := range slices.Backward(calls) { // the newest come first
		v := callSpan(call, t.Opened, &root)
		for i, r := range e.Spans {
			if r.Kind == "round" && v.Start >= r.Start-1 {
				v.Parent = &i
			}
		}
		e.Spans = append(e.Spans, v)
	}
	return e
}

func callSpan(c chat.Call, from time.Time, parent *int) span {
	v := span{
		Name: cmp.Or(c.Target, c.Alias), Kind: "model", Start: ms(max(0, c.At.Sub(from))), Duration: ms(c.Took), Parent: parent, Status: "ok",
		Attributes: map[string]any{"alias": c.Alias, "rung": c.Rung, "ending": c.Ending, "input": c.Usage.Input, "output": c.Usage.Output},
	}
	if c.Problem != "" || c.Ending == chat.Failed {
		v.Status = "error"
		v.Attributes["error"] = c.Problem
	}
	if c.Status != 0 {
		v.Attributes["http"] = c.Status
	}
	if c.First > 0 {
		v.Attributes["ttft_ms"] = ms(c.First)
	}
	for name, on := range map[string]bool{"hedge": c.Hedge, "cached": c.Cached, "estimated": c.Usage.Estimated} {
		if on {
			v.Attributes[name] = true
		}
	}
	return v
}
