package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/usage"
)

const callColumns = `tenant, at, id, key, person, conversation, turn, assistant, alias, rung, target, provider,
	input, cached, output, reasoning, nano, first, took, ending, status, problem, marks`

const (
	markEstimated = 1 << iota
	markHedge
	markCached
)

// SaveCalls implements usage.Sink: all rows or none; one that is there already is left as it is.
func (s *Store) SaveCalls(ctx context.Context, rows []chat.Call) error {
	return s.tx(ctx, "save calls", func(tx *sql.Tx) error {
		return s.bulk(ctx, tx, `INSERT INTO calls (`+callColumns+`)`, `ON CONFLICT DO NOTHING`, 23, rowsOf(rows, func(_ int, c chat.Call) ([]any, error) {
			marks := flag(c.Usage.Estimated)*markEstimated | flag(c.Hedge)*markHedge | flag(c.Cached)*markCached
			return []any{
				c.Who.Tenant, micros(c.At), c.ID, c.Who.Key, c.Who.Subject(), c.Conversation, c.Turn, c.Assistant, c.Alias, c.Rung, c.Target, c.Provider,
				c.Usage.Input, c.Usage.Cached, c.Usage.Output, c.Usage.Reasoning, c.Nano, c.First.Microseconds(), c.Took.Microseconds(),
				string(c.Ending), c.Status, c.Problem, marks,
			}, nil
		}))
	})
}

// Calls are the newest first. Of Who only tenant and key are known again.
func (s *Store) Calls(ctx context.Context, q usage.CallQuery) (out []chat.Call, err error) {
	where := []string{"tenant = $1", "at >= $2", "at < $3"}
	args := []any{q.Tenant, micros(q.From), s.until(q.To)}
	and := func(cond string, v any) {
		args = append(args, v)
		where = append(where, strings.ReplaceAll(cond, "?", fmt.Sprintf("$%d", len(args))))
	}
	if q.Conversation != "" {
		and("conversation = ?", q.Conversation)
	}
	if q.Turn != "" {
		and("turn = ?", q.Turn)
	}
	if q.Raw {
		where = append(where, "turn = ''")
	}
	if q.Failed {
		where = append(where, "ending = 'failed'")
	}
	if q.Slow > 0 {
		and("took >= ?", q.Slow.Microseconds())
	}
	if q.Limit <= 0 {
		q.Limit = 100
	}
	args = append(args, q.Limit)
	err = each(ctx, s.read, func(r *sql.Rows) error {
		var c chat.Call
		var at, first, took, marks int64
		var person, ending string
		err := r.Scan(&c.Who.Tenant, &at, &c.ID, &c.Who.Key, &person, &c.Conversation, &c.Turn, &c.Assistant, &c.Alias, &c.Rung, &c.Target, &c.Provider,
			&c.Usage.Input, &c.Usage.Cached, &c.Usage.Output, &c.Usage.Reasoning, &c.Nano, &first, &took, &ending, &c.Status, &c.Problem, &marks)
		c.At, c.First, c.Took, c.Ending = fromMicros(at), time.Duration(first)*time.Microsecond, time.Duration(took)*time.Microsecond, chat.Ending(ending)
		c.Usage.Estimated, c.Hedge, c.Cached = marks&markEstimated != 0, marks&markHedge != 0, marks&markCached != 0
		out = append(out, c)
		return err
	}, `SELECT `+callColumns+` FROM calls WHERE `+strings.Join(where, " AND ")+fmt.Sprintf(` ORDER BY at DESC, id DESC LIMIT $%d`, len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("list calls: %w", broken(err))
	}
	return out, nil
}

func (s *Store) until(t time.Time) int64 {
	if t.IsZero() {
		t = s.now().Add(time.Hour) // clocks of replicas differ
	}
	return micros(t)
}

// groups of a report, and the SQL of each.
var groups = map[string]string{
	"": `''`, "key": `key`, "person": `person`, "assistant": `assistant`, "alias": `alias`, "target": `target`, "provider": `provider`,
	"minute": `at - at % 60000000`, "hour": `at - at % 3600000000`, "day": `at - at % 86400000000`,
}

// Spend is what a tenant's calls of a stretch of time used, in groups: by "key", "person", "assistant", "alias", "target", "provider",
// "minute", "hour", "day" (UTC), or "" for all in one. Dear ones come first, times in order. Calls from the cache count as requests.
func (s *Store) Spend(ctx context.Context, tenant, by string, from, to time.Time) ([]usage.Spend, error) {
	group, ok := groups[by]
	if !ok {
		return nil, invalid("by", "Calls are not grouped by %q.", by)
	}
	timed := strings.HasPrefix(group, "at")
	found := map[string]*usage.Spend{}
	var order []*usage.Spend
	args := []any{tenant, micros(from), s.until(to)}
	err := each(ctx, s.read, func(r *sql.Rows) error {
		var name, ending string
		var v usage.Spend
		if err := r.Scan(&name, &ending, &v.Requests, &v.Input, &v.Cached, &v.Output, &v.Reasoning, &v.Nano); err != nil {
			return err
		}
		g := found[name]
		if g == nil {
			g = &usage.Spend{Name: name, Endings: map[string]int64{}}
			if timed {
				var us int64
				if _, err := fmt.Sscan(name, &us); err != nil {
					return err
				}
				g.Name, g.From = "", fromMicros(us)
			}
			found[name] = g
			order = append(order, g)
		}
		g.Requests, g.Input, g.Cached, g.Output, g.Reasoning, g.Nano = g.Requests+v.Requests, g.Input+v.Input, g.Cached+v.Cached, g.Output+v.Output, g.Reasoning+v.Reasoning, g.Nano+v.Nano
		g.Endings[ending] += v.Requests
		if chat.Ending(ending) == chat.Failed {
			g.Failed += v.Requests
		}
		return nil
	}, `SELECT CAST(`+group+` AS TEXT), ending, COUNT(*), CAST(SUM(input) AS BIGINT), CAST(SUM(cached) AS BIGINT), CAST(SUM(output) AS BIGINT), CAST(SUM(reasoning) AS BIGINT), CAST(SUM(nano) AS BIGINT)
		FROM calls WHERE tenant = $1 AND at >= $2 AND at < $3 GROUP BY 1, 2`, args...)
	if err != nil {
		return nil, fmt.Errorf("report spend: %w", broken(err))
	}
	// The nearest-rank percentiles of the time to the first word.
	err = each(ctx, s.read, func(r *sql.Rows) error {
		var name string
		var p50, p95 int64
		if err := r.Scan(&name, &p50, &p95); err != nil {
			return err
		}
		if g := found[name]; g != nil {
			g.FirstP50, g.FirstP95 = time.Duration(p50)*time.Microsecond, time.Duration(p95)*time.Microsecond
		}
		return nil
	}, `SELECT name, CAST(MAX(CASE WHEN place = (n + 1) / 2 THEN first ELSE 0 END) AS BIGINT), CAST(MAX(CASE WHEN place = (n * 95 + 99) / 100 THEN first ELSE 0 END) AS BIGINT) FROM (
			SELECT CAST(`+group+` AS TEXT) AS name, first, ROW_NUMBER() OVER (PARTITION BY `+group+` ORDER BY first) AS place, COUNT(*) OVER (PARTITION BY `+group+`) AS n
			FROM calls WHERE tenant = $1 AND at >= $2 AND at < $3 AND first > 0) AS ranked GROUP BY name`, args...)
	if err != nil {
		return nil, fmt.Errorf("report spend: %w", broken(err))
	}
	slices.SortFunc(order, func(a, b *usage.Spend) int {
		switch {
		case timed:
			return a.From.Compare(b.From)
		case a.Nano != b.Nano:
			return int(min(1, max(-1, b.Nano-a.Nano)))
		case a.Requests != b.Requests:
			return int(min(1, max(-1, b.Requests-a.Requests)))
		}
		return strings.Compare(a.Name, b.Name)
	})
	out := make([]usage.Spend, len(order))
	for i, g := range order {
		out[i] = *g
	}
	return out, nil
}

// Spent is the money that each key and each person of each tenant spent since a time: what limits that a restarted process keeps in
// memory begin with.
func (s *Store) Spent(ctx context.Context, since time.Time) (out []usage.Spent, err error) {
	err = each(ctx, s.read, func(r *sql.Rows) error {
		var v usage.Spent
		err := r.Scan(&v.Tenant, &v.Key, &v.Person, &v.Nano)
		out = append(out, v)
		return err
	}, `SELECT tenant, key, person, CAST(SUM(nano) AS BIGINT) FROM calls WHERE at >= $1 AND nano > 0 GROUP BY tenant, key, person`, micros(since))
	if err != nil {
		return nil, fmt.Errorf("sum spend: %w", broken(err))
	}
	return out, nil
}
