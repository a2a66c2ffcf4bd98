package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// saidLength bounds the last words as the queue shows them.
const saidLength = 160

// handOff gives the conversation to the queue: owner, reason, summary, clock and the one sentence to the customer are part of the
// turn's commit. The customer waits since the message that the turn was to answer.
func (s *Store) handOff(ctx context.Context, tx *sql.Tx, c chat.Commit, t turn, lang string, now time.Time) error {
	assigned, err := s.assignee(ctx, tx, c.Who.Tenant, c.Handoff.Reason, lang)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE conversations SET owner = 'queue', agent = '', reason = $3, gist = $4, waiting = $5, skill = $3, assigned = $6 WHERE tenant = $1 AND id = $2`,
		c.Who.Tenant, c.Conversation, c.Handoff.Reason, c.Handoff.Summary, micros(t.opened), assigned)
	if err != nil {
		return err
	}
	place := t.number<<20 + int64(len(c.Messages)) + 1
	m := chat.Message{ID: s.newID(), Role: chat.Notice, Text: c.Handoff.Text, Turn: t.id, At: now.UTC()}
	if err := s.insertMessage(ctx, tx, c.Who.Tenant, c.Conversation, place, m); err != nil {
		return err
	}
	return errors.Join(s.startClock(ctx, tx, c.Who.Tenant, c.Conversation, desk.HandoffWait, now), s.startClock(ctx, tx, c.Who.Tenant, c.Conversation, desk.Resolution, now))
}

const rowColumns = conversationColumns + `, segment, reason, gist, priority, tags, said, skill, assigned, merged`

func scanRow(r interface{ Scan(dest ...any) error }) (w desk.Row, err error) {
	var tags string
	extra := []any{&w.Segment, &w.Reason, &w.Gist, &w.Priority, &tags, &w.Said, &w.Skill, &w.Assigned, &w.Merged}
	c, err := scanConversation(appending{r, extra})
	if err != nil {
		return w, err
	}
	w.Conversation, w.Closed, w.Waiting = c.Conversation, c.state == "closed", c.waiting
	w.Tags, err = decode[[]string](tags)
	return w, err
}

// appending scans further columns behind those that its caller names.
type appending struct {
	of    interface{ Scan(dest ...any) error }
	extra []any
}

func (a appending) Scan(dest ...any) error { return a.of.Scan(append(dest, a.extra...)...) }

// views are what each view's rows are; $2 is the agent, where it is asked about.
var views = map[desk.View]string{
	desk.Queue: `state = 'open' AND owner = 'queue'`, desk.Mine: `state = 'open' AND owner = 'agent' AND agent = $2`, desk.Others: `state = 'open' AND owner = 'agent' AND agent <> $2`,
	desk.Assistant: `state = 'open' AND owner = 'assistant'`, desk.Closed: `state = 'closed'`, desk.All: `state <> ''`,
}

var likeEscape = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// DeskRows lists conversations of shoppers for the desk; staff only. Those who wait come first, the longest waiting one before all.
func (s *Store) DeskRows(ctx context.Context, who shop.Principal, q desk.Query) (out []desk.Row, err error) {
	if !staff(who) {
		return nil, noConversation
	}
	where, ok := views[q.View]
	if !ok {
		return nil, invalid("view", "There is no view %q.", q.View)
	}
	args := []any{who.Tenant}
	if q.View == desk.Mine || q.View == desk.Others {
		args = append(args, who.ID)
	}
	if q.Text != "" {
		args = append(args, "%"+likeEscape.Replace(q.Text)+"%")
		n := strconv.Itoa(len(args))
		where += ` AND (lower(title) LIKE lower($` + n + `) ESCAPE '!' OR lower(said) LIKE lower($` + n + `) ESCAPE '!' OR lower(principal) LIKE lower($` + n + `) ESCAPE '!')`
	}
	if q.Limit <= 0 {
		q.Limit = 100
	}
	args = append(args, q.Limit, q.After)
	err = each(ctx, s.read, func(r *sql.Rows) error {
		w, err := scanRow(r)
		out = append(out, w)
		return err
	}, `SELECT `+rowColumns+` FROM conversations WHERE tenant = $1 AND task = 'shopper' AND `+where+
		` ORDER BY CASE WHEN waiting > 0 THEN 0 ELSE 1 END, priority DESC, CASE WHEN waiting > 0 THEN waiting ELSE -updated END, id LIMIT $`+strconv.Itoa(len(args)-1)+` OFFSET $`+strconv.Itoa(len(args)), args...)
	if err == nil {
		err = s.furnish(ctx, s.read, who.Tenant, out)
	}
	if err != nil {
		return nil, fmt.Errorf("list conversations of the desk: %w", broken(err))
	}
	return out, nil
}

// furnish fills in what rows do not hold themselves: clocks, customers' names, who looks at them.
func (s *Store) furnish(ctx context.Context, q querier, tenant string, rows []desk.Row) error {
	if len(rows) == 0 {
		return nil
	}
	if err := s.addClocks(ctx, q, tenant, rows); err != nil {
		return err
	}
	if err := addNames(ctx, q, tenant, rows); err != nil {
		return err
	}
	viewers, err := s.viewers(ctx, q, tenant)
	for i := range rows {
		rows[i].Viewers = viewers[rows[i].ID]
	}
	return err
}

func addNames(ctx context.Context, q querier, tenant string, rows []desk.Row) error {
	names := map[string]string{}
	var ids []string
	for _, w := range rows {
		if _, ok := names[w.For.ID]; !ok && !w.For.Anon && w.For.ID != "" {
			names[w.For.ID], ids = "", append(ids, w.For.ID)
		}
	}
	for batch := range slices.Chunk(ids, 500) {
		list, args := in(1, batch)
		err := each(ctx, q, func(r *sql.Rows) error {
			p, err := scanPerson(r)
			names[p.ID] = p.Name
			return err
		}, `SELECT data, revision FROM people WHERE tenant = $1 AND id IN (`+list+`)`, append([]any{tenant}, args...)...)
		if err != nil {
			return err
		}
	}
	for i, w := range rows {
		if !w.For.Anon {
			rows[i].Name = names[w.For.ID]
		}
	}
	return nil
}

// addClocks fills in the rows' clocks.
func (s *Store) addClocks(ctx context.Context, q querier, tenant string, rows []desk.Row) error {
	at := map[string]int{}
	ids := make([]string, len(rows))
	for i, w := range rows {
		at[w.ID], ids[i] = i, w.ID
	}
	for batch := range slices.Chunk(ids, 500) {
		list, args := in(1, batch)
		err := each(ctx, q, func(r *sql.Rows) error {
			var id string
			var c desk.Running
			var started, warns, due, stopped int64
			err := r.Scan(&id, &c.Name, &c.Definition, &started, &warns, &due, &stopped)
			c.Started, c.Warns, c.Due, c.Ended = fromMicros(started), fromMicros(warns), fromMicros(due), fromMicros(stopped)
			rows[at[id]].Clocks = append(rows[at[id]].Clocks, c)
			return err
		}, `SELECT conversation, name, definition, started, warns, due, stopped FROM clocks WHERE tenant = $1 AND conversation IN (`+list+`) ORDER BY conversation, name`, append([]any{tenant}, args...)...)
		if err != nil {
			return err
		}
	}
	return nil
}

// DeskChanged are the conversations that changed after a moment, oldest change first: how the desk hears of what happens, on any
// replica.
func (s *Store) DeskChanged(ctx context.Context, who shop.Principal, after time.Time, limit int) (out []desk.Row, err error) {
	if !staff(who) {
		return nil, noConversation
	}
	err = each(ctx, s.read, func(r *sql.Rows) error {
		w, err := scanRow(r)
		out = append(out, w)
		return err
	}, `SELECT `+rowColumns+` FROM conversations WHERE tenant = $1 AND updated > $2 AND task = 'shopper' ORDER BY updated, id LIMIT $3`, who.Tenant, micros(after), limit)
	if err == nil && len(out) > 0 {
		err = s.furnish(ctx, s.read, who.Tenant, out)
	}
	if err != nil {
		return nil, fmt.Errorf("list changed conversations: %w", broken(err))
	}
	return out, nil
}

// DeskCounts says how many conversations each view has.
func (s *Store) DeskCounts(ctx context.Context, who shop.Principal) (map[desk.View]int, error) {
	out := map[desk.View]int{}
	err := each(ctx, s.read, func(r *sql.Rows) error {
		var owner chat.OwnerKind
		var agent string
		var n int
		err := r.Scan(&owner, &agent, &n)
		switch {
		case owner == chat.Queue:
			out[desk.Queue] += n
		case owner == chat.Agent && agent == who.ID:
			out[desk.Mine] += n
		case owner == chat.Agent:
			out[desk.Others] += n
		default:
			out[desk.Assistant] += n
		}
		return err
	}, `SELECT owner, agent, count(*) FROM conversations WHERE tenant = $1 AND state = 'open' AND task = 'shopper' GROUP BY owner, agent`, who.Tenant)
	if err != nil {
		return nil, fmt.Errorf("count conversations: %w", broken(err))
	}
	return out, nil
}

// DeskRow is one conversation of a shopper; NotFound for anybody but staff of the tenant.
func (s *Store) DeskRow(ctx context.Context, who shop.Principal, id string) (desk.Row, error) {
	if !staff(who) {
		return desk.Row{}, noConversation
	}
	w, err := scanRow(s.read.QueryRowContext(ctx, `SELECT `+rowColumns+` FROM conversations WHERE tenant = $1 AND id = $2 AND task = 'shopper'`, who.Tenant, id))
	if errors.Is(err, sql.ErrNoRows) {
		return w, noConversation
	}
	rows := []desk.Row{w}
	if err == nil {
		err = s.furnish(ctx, s.read, who.Tenant, rows)
	}
	if err != nil {
		return w, fmt.Errorf("read conversation: %w", broken(err))
	}
	return rows[0], nil
}
