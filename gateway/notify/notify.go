// Package notify sends what leaves the house by itself: mails and signed webhooks. Both come from an outbox, so that what was decided in a
// transaction goes out although the process that decided it died: at least once, with an id by which receivers know a repeated message.
package notify

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"shopkeeper/gateway/telemetry"
	"shopkeeper/shop"
)

// Outbox is *store.Store. A leased message is one caller's until the lease is over; what came of it is told in that time.
type Outbox interface {
	Enqueue(ctx context.Context, m shop.OutboxMessage) error
	LeaseOutbox(ctx context.Context, limit int, lease time.Duration) ([]shop.OutboxMessage, error)
	SettleOutbox(ctx context.Context, m shop.OutboxMessage, r shop.OutboxResult) error
}

// Codes makes the code of a request; NotFound when the request is over. Each call voids the code before.
type Codes interface {
	MakeCode(ctx context.Context, tenant string, ask shop.CodeMail, person string) (code string, err error)
}

// People knows the addresses that mails go to. Nobody's is no error of PeopleByEmail, and NotFound of Person.
type People interface {
	Person(ctx context.Context, who shop.Principal) (shop.Person, error)
	PeopleByEmail(ctx context.Context, tenant, email string) ([]shop.Person, error)
}

const (
	atOnce      = 8                // messages on their way
	tryWithin   = 30 * time.Second // one try
	leaseFor    = 2 * time.Minute  // longer than a try and what is around it
	pollEvery   = 500 * time.Millisecond
	drainWithin = 5 * time.Second
	maxTries    = 20 // about ten hours
	maxAge      = 24 * time.Hour
	firstWait   = 5 * time.Second
	longestWait = time.Hour
	maxAsked    = 6 * time.Hour // the longest Retry-After that is believed
)

// Options of a Sender. Outbox, Codes and People are needed.
type Options struct {
	Outbox Outbox
	Codes  Codes
	People People
	Tenant func(id string) shop.Tenant                                          // nil: only the id is known
	Unseen func(ctx context.Context, r shop.ReplyMail) (text string, err error) // of answers what the shopper has not seen; nil: the mail's own text
	Log    *slog.Logger                                                         // nil: silent
	Now    func() time.Time

	Lookup func(ctx context.Context, host string) ([]netip.Addr, error) // nil: DNS
	TLS    *tls.Config                                                  // of webhooks; nil: the system's authorities
}

// Setup is what the configuration says.
type Setup struct {
	Mailer     Mailer        // nil: no mail is sent
	ReplyAfter time.Duration // how long a shopper has to see an answer before it is mailed; negative: answers are not mailed
	Link       string        // address of the shop, for mails; {tenant} in it is the tenant's id. "" = none is given
	Webhooks   []Webhook
}

// Sender sends what is in the outbox. Several processes may have one each.
type Sender struct {
	o      Options
	setup  atomic.Pointer[Setup]
	client *http.Client
}

// New makes a sender; it sends nothing before Run.
func New(o Options) *Sender {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Tenant == nil {
		o.Tenant = func(id string) shop.Tenant { return shop.Tenant{ID: id, Lang: "en"} }
	}
	s := &Sender{o: o}
	s.client = s.newClient()
	s.Set(Setup{})
	return s
}

// Set puts a checked configuration in force. Tries under way end on the one before.
func (s *Sender) Set(setup Setup) { s.setup.Store(&setup) }

// Mails says whether mail is set up.
func (s *Sender) Mails() bool { return s.setup.Load().Mailer != nil }

// AgentReply mails a shopper what people of the shop answered and the shopper has not seen after a while: one mail for all answers to a
// message of theirs, which id names. Only a shopper whom the shop knows has an address: for others nothing happens.
func (s *Sender) AgentReply(ctx context.Context, id string, r shop.ReplyMail) error {
	setup := s.setup.Load()
	if r.For.Anon || r.For.ID == "" || r.For.Role != shop.Shopper || setup.Mailer == nil || setup.ReplyAfter < 0 {
		return nil
	}
	m := shop.OutboxMessage{Tenant: r.For.Tenant, ID: "reply-" + id, Kind: shop.OutboxMail, Topic: shop.MailReply, Person: r.For.Subject(), Due: s.o.Now().Add(setup.ReplyAfter)}
	return s.enqueue(ctx, m, r)
}

// Event tells the webhooks of a tenant that are subscribed to an event, once for each id. Person is the subject of whom data tells, "" for
// nobody. Where no webhook listens nothing is kept.
func (s *Sender) Event(ctx context.Context, tenant, id, event, person string, data any) error {
	if len(s.setup.Load().listening(tenant, event)) == 0 {
		return nil
	}
	return s.enqueue(ctx, shop.OutboxMessage{Tenant: tenant, ID: id, Kind: shop.OutboxWebhook, Topic: event, Person: person}, data)
}

func (s *Sender) enqueue(ctx context.Context, m shop.OutboxMessage, payload any) (err error) {
	if m.Payload, err = json.Marshal(payload); err != nil {
		return fmt.Errorf("enqueue message: %w", err)
	}
	return s.o.Outbox.Enqueue(ctx, m)
}

// Run sends until ctx ends. Then it waits for the tries under way, not for ever: what is cut short is tried again by whoever runs next.
func (s *Sender) Run(ctx context.Context) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer s.client.CloseIdleConnections()
	var wg sync.WaitGroup
	places := make(chan struct{}, atOnce)
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for failed := false; ctx.Err() == nil; {
		free := atOnce - len(places)
		var ms []shop.OutboxMessage
		if free > 0 {
			var err error
			ms, err = s.o.Outbox.LeaseOutbox(ctx, free, leaseFor)
			if err != nil && !failed && ctx.Err() == nil {
				s.o.Log.WarnContext(ctx, "the outbox cannot be read: what is in it waits", "error", err)
			}
			failed = err != nil
		}
		for _, m := range ms {
			places <- struct{}{}
			wg.Go(func() {
				defer func() { <-places }()
				s.try(work, m)
			})
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	stop := time.AfterFunc(drainWithin, cancel)
	defer stop.Stop()
	wg.Wait()
	return nil
}

// try sends a message and tells the outbox what came of it.
func (s *Sender) try(ctx context.Context, m shop.OutboxMessage) {
	within, cancel := context.WithTimeout(ctx, tryWithin)
	err := s.deliver(within, m)
	cancel()
	r := s.result(m, err)
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	log := s.o.Log.With("tenant", m.Tenant, "message", m.ID, "kind", m.Kind, "topic", m.Topic, "try", m.Tries)
	switch {
	case r.State == shop.OutboxFailed:
		log.WarnContext(ctx, "a message is given up", "problem", r.Problem)
	case r.State == shop.OutboxWaiting:
		log.InfoContext(ctx, "a message is tried again later", "problem", r.Problem, "wait", r.Wait)
	}
	if err := s.o.Outbox.SettleOutbox(ctx, m, r); err != nil {
		log.WarnContext(ctx, "it is not known what came of a message: it may come twice", "error", err)
	}
}

func (s *Sender) deliver(ctx context.Context, m shop.OutboxMessage) error {
	switch {
	case s.o.Now().Sub(m.Created) > maxAge:
		return &failure{final: true, err: errors.New("it is older than a day")}
	case m.Kind == shop.OutboxMail:
		return s.mail(ctx, m)
	case m.Target == "":
		return s.fanOut(ctx, m)
	}
	return s.post(ctx, m)
}

// failure is what a try came to.
type failure struct {
	err   error
	final bool          // another try would come to the same
	wait  time.Duration // what the receiver asks for
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// errNobody says that there is nobody to tell. That is as good as told.
var errNobody = errors.New("there is nobody to send it to")

func (s *Sender) result(m shop.OutboxMessage, err error) shop.OutboxResult {
	var f *failure
	switch {
	case err == nil:
		return shop.OutboxResult{State: shop.OutboxSent}
	case errors.Is(err, errNobody):
		return shop.OutboxResult{State: shop.OutboxSent, Problem: errNobody.Error()}
	}
	r := shop.OutboxResult{State: shop.OutboxWaiting, Wait: backoff(m.Tries), Problem: telemetry.Mask(err.Error())}
	if errors.As(err, &f) {
		r.Wait = max(r.Wait, min(f.wait, maxAsked))
		if f.final {
			r.State, r.Wait = shop.OutboxFailed, 0
		}
	}
	if m.Tries >= maxTries {
		r.State, r.Wait, r.Problem = shop.OutboxFailed, 0, fmt.Sprintf("given up after %d tries: %s", m.Tries, r.Problem)
	}
	return r
}

// backoff doubles from try to try; a random half of it keeps messages that failed together apart.
func backoff(tries int64) time.Duration {
	d := min(longestWait, firstWait<<min(max(tries-1, 0), 20))
	return d/2 + rand.N(d/2+1)
}
