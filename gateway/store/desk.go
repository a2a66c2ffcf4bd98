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
	desk.Assistant: `state = 'open' AND owner = 'assistant'`, desk.Closed: `state = 'closed' AND owner = 'assistant'`, desk.All: `state <> ''`,
}

// lately is how long the desk takes a conversation for one that goes on with the assistant: nobody closes those.
const lately = 24 * time.Hour

// orders of rows: where somebody may wait for a person, those who do come first; all are read along an index.
const (
	waitingFirst = `CASE WHEN waiting > 0 THEN 0 ELSE 1 END, priority DESC, CASE WHEN waiting > 0 THEN waiting ELSE -updated END, id`
	newestFirst  = `updated DESC, id DESC`
)

var likeEscape = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// DeskRows lists conversations of shoppers for the desk; staff only. Those who wait come first, the longest waiting one before all; with
// the assistant are those of the last day.
func (s *Store) DeskRows(ctx context.Context, who shop.Principal, q desk.Query) (out []desk.Row, err error) {
	if !staff(who) {
		return nil, noConversation
	}
	var of []string
	if q.Text != "" {
		if of, err = s.subjectsOf(ctx, who.Tenant, q.Text); err != nil {
			return nil, fmt.Errorf("search conversations of the desk: %w", broken(err))
		}
	}
	query, args, err := s.rowsQuery(who, q, of)
	if err != nil {
		return nil, err
	}
	err = each(ctx, s.read, func(r *sql.Rows) error {
		w, err := scanRow(r)
		out = append(out, w)
		return err
	}, query, args...)
	if err == nil {
		err = s.furnish(ctx, s.read, who.Tenant, out)
	}
	if err != nil {
		return nil, fmt.Errorf("list conversations of the desk: %w", broken(err))
	}
	return out, nil
}

// searched is how far back a search looks over more than what is open.
const searched = 90 * 24 * time.Hour

func (s *Store) rowsQuery(who shop.Principal, q desk.Query, of []string) (query string, args []any, err error) {
	where, ok := views[q.View]
	if !ok {
		return "", nil, invalid("view", "There is no view %q.", q.View)
	}
	args = []any{who.Tenant}
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	order := waitingFirst
	switch q.View {
	case desk.Mine, desk.Others:
		arg(who.ID)
	case desk.Assistant:
		where, order = where+` AND updated > `+arg(micros(s.now().Add(-lately))), newestFirst
	case desk.Closed, desk.All:
		order = newestFirst
	}
	if q.Text != "" {
		words, err := encode(q.Text) // as it stands in a message
		if err != nil {
			return "", nil, err
		}
		like := ` LIKE lower(` + arg("%"+likeEscape.Replace(q.Text)+"%") + `) ESCAPE '!'`
		said := ` LIKE lower(` + arg(`%"text":"%`+likeEscape.Replace(words[1:len(words)-1])+"%") + `) ESCAPE '!'`
		mine := ""
		for i, subject := range of {
			if mine += `, `; i == 0 {
				mine = ` OR subject IN (`
			}
			mine += arg(subject)
		}
		if mine != "" {
			mine += `)`
		}
		where += ` AND (lower(title)` + like + ` OR lower(gist)` + like + ` OR lower(tags)` + like + ` OR lower(principal)` + like + ` OR lower(id)` + like + `
			OR EXISTS (SELECT 1 FROM messages AS m WHERE m.tenant = conversations.tenant AND m.conversation = conversations.id AND m.role <> 'tool' AND lower(m.data)` + said + `)` + mine + `)`
		if q.View == desk.Closed || q.View == desk.All {
			where += ` AND updated > ` + arg(micros(s.now().Add(-searched)))
		}
	}
	if q.Limit <= 0 {
		q.Limit = 100
	}
	return `SELECT ` + rowColumns + ` FROM conversations WHERE tenant = $1 AND task = 'shopper' AND ` + where + ` ORDER BY ` + order + ` LIMIT ` + arg(q.Limit) + ` OFFSET ` + arg(q.After), args, nil
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

// DeskCounts says how many conversations each view has; staff only.
func (s *Store) DeskCounts(ctx context.Context, who shop.Principal) (map[desk.View]int, error) {
	if !staff(who) {
		return nil, noConversation
	}
	out := map[desk.View]int{}
	err := each(ctx, s.read, func(r *sql.Rows) error {
		var owner chat.OwnerKind
		var agent string
		var n int
		err := r.Scan(&owner, &agent, &n)
		switch {
		case n == 0:
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
	}, `SELECT owner, agent, count(*) FROM conversations WHERE tenant = $1 AND state = 'open' AND owner IN ('queue', 'agent') AND task = 'shopper' GROUP BY owner, agent
		UNION ALL SELECT 'assistant', '', count(*) FROM conversations WHERE tenant = $1 AND state = 'open' AND owner = 'assistant' AND updated > $2 AND task = 'shopper'`,
		who.Tenant, micros(s.now().Add(-lately)))
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
