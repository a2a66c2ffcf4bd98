package api

import (
	"cmp"
	"context"
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

// Admin is what the operator's page reads and changes: records of one tenant at a time.
type Admin interface {
	AddAudit(ctx context.Context, e shop.AuditEntry) error
	Audit(ctx context.Context, tenant string, before time.Time, limit int) ([]shop.AuditEntry, error)
	Switches(ctx context.Context, tenant string) ([]shop.Switch, error)
	SetSwitch(ctx context.Context, w shop.Switch) error
	Spend(ctx context.Context, tenant, by string, from, to time.Time) ([]usage.Spend, error)
	Calls(ctx context.Context, q usage.CallQuery) ([]chat.Call, error)
	Turns(ctx context.Context, q chat.TurnQuery) ([]chat.TurnRecord, error)
	Turn(ctx context.Context, tenant, id string, opened time.Time) (chat.TurnRecord, error)
}

// Rungs is how an alias's targets are, for the operator.
type Rungs struct {
	Name  string `json:"name"`
	Rungs []Rung `json:"rungs"`
}

type Rung struct {
	Targets []TargetState `json:"targets"`
}

// TargetState is a target of this process.
type TargetState struct {
	Name     string     `json:"name"`
	Provider string     `json:"provider,omitempty"`
	State    string     `json:"state"` // ready, cooling, probing
	Why      string     `json:"why,omitempty"`
	InFlight int64      `json:"in_flight"`
	Queued   int        `json:"queued"`
	TTFT     float64    `json:"ttft_ms,omitempty"`
	Keys     []KeyState `json:"keys"`
}

// KeyState is a provider's key by its place in the configuration.
type KeyState struct {
	Name  string    `json:"name"`
	State string    `json:"state"` // ok, parked
	Until time.Time `json:"until,omitzero"`
	Why   string    `json:"why,omitempty"`
}

// live is the last hour, minute by minute.
func (s *Server) live(c echo.Context) error {
	who, now := callerOf(c).who, s.o.Now().UTC()
	const window, step = time.Hour, time.Minute
	from := now.Truncate(step).Add(step - window)
	ctx := c.Request().Context()
	minutes, err := s.o.Admin.Spend(ctx, who.Tenant, "minute", from, now.Add(step))
	if err != nil {
		return err
	}
	hour, err := s.o.Admin.Spend(ctx, who.Tenant, "", from, now.Add(step)) // percentiles of minutes do not add up to the hour's
	if err != nil {
		return err
	}
	type point struct {
		At       time.Time `json:"at"`
		Requests int64     `json:"requests"`
		Failed   int64     `json:"failed"`
		Tokens   int64     `json:"tokens"`
		Nano     int64     `json:"cost_nano"`
		P50      float64   `json:"ttft_p50_ms,omitempty"`
		P95      float64   `json:"ttft_p95_ms,omitempty"`
	}
	out := struct {
		Now      time.Time        `json:"now"`
		Window   int              `json:"window_seconds"`
		Step     int              `json:"step_seconds"`
		Running  int              `json:"running"`
		Currency string           `json:"currency"`
		P50      float64          `json:"ttft_p50_ms,omitempty"` // over all calls of the window
		P95      float64          `json:"ttft_p95_ms,omitempty"`
		Endings  map[string]int64 `json:"by_ending"`
		Series   []point          `json:"series"`
	}{Now: now, Window: int(window.Seconds()), Step: int(step.Seconds()), Currency: callerOf(c).tenant.Currency, Endings: map[string]int64{}}
	for _, h := range hour { // one, or none without calls
		out.P50, out.P95 = ms(h.FirstP50), ms(h.FirstP95)
	}
	if s.o.Running != nil {
		out.Running = s.o.Running(who.Tenant)
	}
	at := map[time.Time]usage.Spend{}
	for _, m := range minutes {
		at[m.From.UTC()] = m
		for ending, n := range m.Endings {
			out.Endings[ending] += n
		}
	}
	for t := from; !t.After(now); t = t.Add(step) {
		m := at[t]
		out.Series = append(out.Series, point{t, m.Requests, m.Failed, m.Input + m.Output, m.Nano, ms(m.FirstP50), ms(m.FirstP95)})
	}
	return reply(c, http.StatusOK, out)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// targets are the aliases, their rungs and how their targets are.
func (s *Server) targets(c echo.Context) error {
	aliases := []Rungs{}
	if s.o.Targets != nil {
		aliases = append(aliases, s.o.Targets()...)
	}
	return reply(c, http.StatusOK, struct {
		Aliases []Rungs `json:"aliases"`
	}{aliases})
}

// spend is what calls of a stretch of time used.
func (s *Server) spend(c echo.Context) error {
	by := cmp.Or(c.QueryParam("by"), "key")
	if !slices.Contains([]string{"key", "assistant", "target", "alias", "day", "hour"}, by) {
		return invalid("by", "“by” is one of key, assistant, target, alias, day, hour.")
	}
	now := s.o.Now().UTC()
	to, err := moment(c, "to", now)
	if err != nil {
		return err
	}
	from, err := moment(c, "from", to.Add(-30*24*time.Hour))
	if err != nil {
		return err
	}
	if !from.Before(to) || to.Sub(from) > 400*24*time.Hour {
		return invalid("from", "“from” must be before “to”, by 400 days at most.")
	}
	rows, err := s.o.Admin.Spend(c.Request().Context(), callerOf(c).who.Tenant, by, from, to)
	if err != nil {
		return err
	}
	type row struct {
		Name      string    `json:"name"`
		At        time.Time `json:"at,omitzero"` // by day or hour
		Requests  int64     `json:"requests"`
		Failed    int64     `json:"failed"`
		Input     int64     `json:"input"`
		Cached    int64     `json:"cached"`
		Output    int64     `json:"output"`
		Reasoning int64     `json:"reasoning"`
		Nano      int64     `json:"cost_nano"`
	}
	list, total := []row{}, row{Name: "total"}
	for _, r := range rows {
		v := row{r.Name, r.From, r.Requests, r.Failed, r.Input, r.Cached, r.Output, r.Reasoning, r.Nano}
		list = append(list, v)
		total.Requests, total.Failed, total.Nano = total.Requests+v.Requests, total.Failed+v.Failed, total.Nano+v.Nano
		total.Input, total.Cached, total.Output, total.Reasoning = total.Input+v.Input, total.Cached+v.Cached, total.Output+v.Output, total.Reasoning+v.Reasoning
	}
	return reply(c, http.StatusOK, struct {
		By       string    `json:"by"`
		From     time.Time `json:"from"`
		To       time.Time `json:"to"`
		Currency string    `json:"currency"`
		Rows     []row     `json:"rows"`
		Total    row       `json:"total"`
	}{by, from, to, callerOf(c).tenant.Currency, list, total})
}

// moment reads a time of the query.
func moment(c echo.Context, name string, otherwise time.Time) (time.Time, error) {
	v := c.QueryParam(name)
	if v == "" {
		return otherwise, nil
	}
	t, err := time.Parse(time.RFC3339, strings.ReplaceAll(v, " ", "+"))
	if err != nil {
		return t, invalid(name, "“%s” must be a time such as 2026-03-14T09:26:53Z.", name)
	}
	return t.UTC(), nil
}

// upTo reads a whole number of the query.
func upTo(c echo.Context, name string, otherwise, most int) (int, error) {
	v := c.QueryParam(name)
	if v == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > most {
		return 0, invalid(name, "“%s” must be a number from 1 to %d.", name, most)
	}
	return n, nil
}

func (s *Server) listSwitches(c echo.Context) error {
	tenant := callerOf(c).who.Tenant
	touched, err := s.o.Admin.Switches(c.Request().Context(), tenant)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, struct {
		Assistants []shop.Switch `json:"assistants"`
	}{shop.AllSwitches(tenant, s.taskNames(), touched)})
}

func (s *Server) taskNames() (names []string) {
	for _, t := range s.o.Tasks {
		names = append(names, t.Name)
	}
	return names
}

type switchRequest struct {
	On     *bool  `json:"on"`
	Reason string `json:"reason"`
}

// putSwitch turns an assistant off or on. Here it holds when this returns, on other replicas within two seconds.
func (s *Server) putSwitch(c echo.Context) error {
	req, err := decode[switchRequest](c)
	if err != nil {
		return err
	}
	name := c.Param("name")
	switch {
	case !slices.Contains(s.taskNames(), name):
		return &shop.Error{Kind: shop.NotFound, Msg: "There is no assistant " + strconv.Quote(name) + ": there are " + strings.Join(s.taskNames(), ", ") + "."}
	case req.On == nil:
		return invalid("on", "Say “on”: true or false.")
	case len(req.Reason) > 500:
		return invalid("reason", "The reason is longer than 500 characters.")
	}
	who, ctx := callerOf(c).who, c.Request().Context()
	w := shop.Switch{Tenant: who.Tenant, Assistant: name, On: *req.On, Since: s.o.Now().UTC().Truncate(time.Microsecond), By: actor(who), Reason: req.Reason}
	if err := s.o.Admin.SetSwitch(ctx, w); err != nil {
		return err
	}
	if s.o.Switched != nil {
		if err := s.o.Switched(ctx); err != nil {
			return err
		}
	}
	return reply(c, http.StatusOK, w)
}

func (s *Server) listAudit(c echo.Context) error {
	limit, err := upTo(c, "limit", 100, 500)
	if err != nil {
		return err
	}
	before, err := moment(c, "before", time.Time{})
	if err != nil {
		return err
	}
	entries, err := s.o.Admin.Audit(c.Request().Context(), callerOf(c).who.Tenant, before, limit)
	if err != nil {
		return err
	}
	out := struct {
		Entries []shop.AuditEntry `json:"entries"`
		Before  time.Time         `json:"before,omitzero"`
	}{Entries: append([]shop.AuditEntry{}, entries...)}
	if len(entries) == limit {
		out.Before = entries[limit-1].At
	}
	return reply(c, http.StatusOK, out)
}
