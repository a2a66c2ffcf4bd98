package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// How long an agent is taken to look, to type, or to be there, when nothing more is heard.
const (
	viewsFor  = 45 * time.Second
	typesFor  = 8 * time.Second
	thereFor  = 40 * time.Second
	forgotten = time.Hour
)

// SetPresence says what an agent does with a conversation: desk.Viewing, desk.Typing or desk.Gone. It holds for a short while.
func (s *Store) SetPresence(ctx context.Context, who shop.Principal, id, doing string) error {
	lasts, ok := map[string]time.Duration{desk.Viewing: viewsFor, desk.Typing: typesFor, desk.Gone: 0}[doing]
	if !ok {
		return invalid("doing", "“doing” must be viewing, typing or gone.")
	}
	if _, err := s.DeskRow(ctx, who, id); err != nil {
		return err
	}
	return s.present(ctx, who, id, doing, lasts)
}

// Present says that an agent has the desk open. It holds for a short while.
func (s *Store) Present(ctx context.Context, who shop.Principal) error {
	if !staff(who) || who.ID == "" {
		return noConversation
	}
	return s.present(ctx, who, "", "online", thereFor)
}

func (s *Store) present(ctx context.Context, who shop.Principal, id, doing string, lasts time.Duration) error {
	now := s.now()
	_, err := s.write.ExecContext(ctx, `
		INSERT INTO presence (tenant, conversation, agent, doing, until) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant, conversation, agent) DO UPDATE SET doing = excluded.doing, until = excluded.until`, who.Tenant, id, who.ID, doing, micros(now.Add(lasts)))
	if err == nil && lasts == 0 {
		_, err = s.write.ExecContext(ctx, `DELETE FROM presence WHERE tenant = $1 AND until < $2`, who.Tenant, micros(now.Add(-forgotten)))
	}
	if err != nil {
		return fmt.Errorf("save presence: %w", broken(err))
	}
	return nil
}

// Viewers are the agents who look at conversations now, by conversation; staff only. Typing that has ended is looking on.
func (s *Store) Viewers(ctx context.Context, who shop.Principal) (map[string][]desk.Viewer, error) {
	if !staff(who) {
		return nil, noConversation
	}
	out, err := s.viewers(ctx, s.read, who.Tenant)
	if err != nil {
		return nil, fmt.Errorf("read presence: %w", broken(err))
	}
	return out, nil
}

func (s *Store) viewers(ctx context.Context, q querier, tenant string) (map[string][]desk.Viewer, error) {
	out := map[string][]desk.Viewer{}
	now := s.now()
	err := each(ctx, q, func(r *sql.Rows) error {
		var id string
		var v desk.Viewer
		var until int64
		err := r.Scan(&id, &v.Agent, &v.Doing, &until)
		if !fromMicros(until).After(now) {
			v.Doing = desk.Viewing
		}
		out[id] = append(out[id], v)
		return err
	}, `SELECT conversation, agent, doing, until FROM presence WHERE tenant = $1 AND conversation <> '' AND (until > $2 OR doing = 'typing' AND until > $3)
		ORDER BY conversation, agent`, tenant, micros(now), micros(now.Add(typesFor-viewsFor)))
	return out, err
}

// DeskAgents are the people of the desk: those of the plan, those with a key, and whoever is there; staff only.
func (s *Store) DeskAgents(ctx context.Context, who shop.Principal) ([]desk.Agent, error) {
	if !staff(who) {
		return nil, noConversation
	}
	agents, err := s.agents(ctx, s.read, who.Tenant)
	if err != nil {
		return nil, fmt.Errorf("list agents: %w", broken(err))
	}
	return agents, nil
}

func (s *Store) agents(ctx context.Context, q querier, tenant string) ([]desk.Agent, error) {
	known := map[string]*desk.Agent{}
	agent := func(id string) *desk.Agent {
		if known[id] == nil {
			known[id] = &desk.Agent{ID: id, Name: id}
		}
		return known[id]
	}
	for _, a := range s.plan(tenant).Agents {
		if a.Name == "" {
			a.Name = a.ID
		}
		known[a.ID] = &a
	}
	err := each(ctx, q, func(r *sql.Rows) error {
		var id, person string
		err := r.Scan(&id, &person)
		if person == "" {
			person = "key-" + id // as the API names who has a key without a person
		}
		agent(person)
		return err
	}, `SELECT id, person FROM keys WHERE tenant = $1 AND role = 'agent' AND revoked = 0 AND (expires = 0 OR expires > $2)`, tenant, micros(s.now()))
	if err != nil {
		return nil, err
	}
	err = each(ctx, q, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		agent(id).Online = true
		return err
	}, `SELECT agent FROM presence WHERE tenant = $1 AND conversation = '' AND until > $2`, tenant, micros(s.now()))
	if err != nil {
		return nil, err
	}
	err = each(ctx, q, func(r *sql.Rows) error {
		var id string
		var n int
		err := r.Scan(&id, &n)
		agent(id).Open = n
		return err
	}, `SELECT agent, count(*) FROM conversations WHERE tenant = $1 AND state = 'open' AND owner = 'agent' GROUP BY agent`, tenant)
	if err != nil {
		return nil, err
	}
	out := make([]desk.Agent, 0, len(known))
	for _, a := range known {
		out = append(out, *a)
	}
	slices.SortFunc(out, func(a, b desk.Agent) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// assignee is who is to take a conversation that is being handed off.
func (s *Store) assignee(ctx context.Context, tx *sql.Tx, tenant, skill, lang string) (string, error) {
	agents, err := s.agents(ctx, tx, tenant)
	return desk.Assign(agents, skill, lang), err
}

// earlier is how many of a customer's other conversations the desk sees.
const earlier = 10

// DeskEarlier are the customer's other conversations, last changed first; staff only.
func (s *Store) DeskEarlier(ctx context.Context, who shop.Principal, w desk.Row) (out []chat.Conversation, err error) {
	if !staff(who) {
		return nil, noConversation
	}
	err = each(ctx, s.read, func(r *sql.Rows) error {
		c, err := scanConversation(r)
		out = append(out, c.Conversation)
		return err
	}, `SELECT `+conversationColumns+` FROM conversations WHERE tenant = $1 AND subject = $2 AND task = 'shopper' AND id <> $3 ORDER BY updated DESC, id DESC LIMIT $4`,
		who.Tenant, w.For.Subject(), w.ID, earlier)
	if err != nil {
		return nil, fmt.Errorf("list earlier conversations: %w", broken(err))
	}
	return out, nil
}

// ConversationRevision is that of one's own conversation: another one means that there is something new.
func (s *Store) ConversationRevision(ctx context.Context, who shop.Principal, id string) (revision int64, err error) {
	c, err := findConversation(ctx, s.read, who, id, ownerOrStaff)
	return c.Revision, err
}
