package assistant

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"shopkeeper/gateway/chat"
	"shopkeeper/prompts"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// Prompts renders templates; *prompts.Set implements it.
type Prompts interface {
	Render(name, lang string, data any) (prompts.Prompt, error)
}

// Limits of one turn; zero fields take the defaults.
type Limits struct {
	Message int           // characters of a user message: 8,000
	Rounds  int           // of the model: 8; the last one gets no tools
	Calls   int           // tool calls in one round: 8
	Tokens  int           // of output, over all rounds: 8,192
	Bytes   int           // of text from the model, over all rounds: 64 KB; reasoning: 16 times that
	Time    time.Duration // of the whole turn: 120 s
}

func (l Limits) filled() Limits {
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	set(&l.Message, 8000)
	set(&l.Rounds, 8)
	set(&l.Calls, 8)
	set(&l.Tokens, 8192)
	set(&l.Bytes, 64<<10)
	if l.Time == 0 {
		l.Time = 120 * time.Second
	}
	return l
}

// Assistant answers. Its exported fields are set before the first call and never changed.
type Assistant struct {
	Tasks   map[string]Task // by name
	Models  Models
	Tools   *tools.Registry
	Prompts Prompts
	History History
	Log     Log
	Lease   Lease
	Tenant  func(id string) shop.Tenant
	// Opens says when a person answers next, in words of a language; "" when somebody is there now. nil: there is no desk.
	Opens  func(tenant, lang string, now time.Time) string
	Off    func(tenant, task string) bool // whether somebody switched an assistant off; nil: never
	Limits Limits
	Grace  time.Duration    // how long a started turn runs on without a follower; 0 = 15 s
	Now    func() time.Time // nil: time.Now
	Clock  func() time.Time // the time in the shop, which tools and models go by; nil: Now. The demo of another day has another
	NewID  func() string    // nil: UUIDv7
	Logger *slog.Logger     // nil: slog.Default
	Tell   bool             // the log says what was written, too

	TraceContent bool // so do the traces

	Timed func(ctx context.Context, tool string, err error, took time.Duration) // told of each call of a tool; nil: nobody

	mu       sync.Mutex
	live     map[string]*live // by place
	replays  map[string]replay
	draining bool
	turns    sync.WaitGroup
}

// errLeft is the cause of a turn's end when nobody reads it any more; errDrained when the server stops; errTime when it took too long;
// errOff when its assistant was switched off.
var (
	errLeft    = errors.New("the reader left")
	errDrained = errors.New("the server stops")
	errTime    = errors.New("the turn took too long")
	errOff     = errors.New("the assistant was switched off")
)

func (a *Assistant) now() time.Time {
	if a.Now != nil {
		return a.Now()
	}
	return time.Now()
}

func (a *Assistant) shopTime() time.Time {
	if a.Clock != nil {
		return a.Clock()
	}
	return a.now()
}

func (a *Assistant) newID() string {
	if a.NewID != nil {
		return a.NewID()
	}
	return uuid.Must(uuid.NewV7()).String()
}

func (a *Assistant) log() *slog.Logger {
	if a.Logger != nil {
		return a.Logger
	}
	return slog.Default()
}

// opening is a message that was accepted: stored, its turn opened and leased.
type opening struct {
	turn    Turn
	task    Task
	tenant  shop.Tenant
	begun   chat.Begun
	lang    string
	ctx     context.Context // ends with the lease, the stop route, the drain
	cancel  context.CancelCauseFunc
	release func()
}

func (o *opening) place() string { return place(o.turn.Who, o.begun) }

// place is what the log and the lease know a conversation by. Its id alone is its client's choice: another tenant may use the
// same, and so may whoever comes after it was deleted.
func place(who shop.Principal, b chat.Begun) string {
	return who.Tenant + "/" + b.Conversation.ID + "/" + strconv.FormatInt(b.Conversation.Created.UnixMicro(), 36)
}

// open does everything that may still be refused with an error. When it returns without one the user message is stored.
func (a *Assistant) open(ctx context.Context, t Turn) (*opening, error) {
	task, ok := a.Tasks[t.Task]
	if !ok {
		return nil, &shop.Error{Kind: shop.NotFound, Msg: fmt.Sprintf("There is no assistant named %q.", t.Task)}
	}
	if len(task.Roles) > 0 && !slices.Contains(task.Roles, t.Who.Role) {
		return nil, &shop.Error{Kind: shop.Forbidden, Msg: "This key may not talk to this assistant."}
	}
	if a.Off != nil && a.Off(t.Who.Tenant, t.Task) && !a.withPeople(ctx, t) {
		return nil, &shop.Error{Kind: shop.Unavailable, Code: "assistant_off", Msg: "This assistant is switched off at the moment. Please try again later.", Retry: time.Minute}
	}
	t.Message.Role = chat.User
	t.Message.Text = strings.ReplaceAll(strings.ToValidUTF8(t.Message.Text, "\uFFFD"), "\x00", "")
	if !t.Mode.Again() {
		if strings.TrimSpace(t.Message.Text) == "" && t.Message.Photos() == 0 {
			return nil, &shop.Error{Kind: shop.Invalid, Msg: "The message is empty; write what you are looking for.", Field: "messages"}
		}
		if limit := a.Limits.filled().Message; utf8.RuneCountInString(t.Message.Text) > limit {
			return nil, &shop.Error{Kind: shop.TooLarge, Msg: fmt.Sprintf("The message is too long: at most %d characters.", limit), Field: "messages"}
		}
	}
	if t.Conversation == "" {
		t.Conversation = a.newID()
	}
	if t.Message.ID == "" {
		t.Message.ID = a.newID()
	}
	t.Message.At = a.now()
	if err := a.enter(); err != nil {
		return nil, err
	}
	kept := false
	defer func() {
		if !kept {
			a.turns.Done()
		}
	}()
	if t.Mode == chat.Interrupt {
		if err := a.interrupt(ctx, t); err != nil {
			return nil, err
		}
	}
	b, err := a.History.Begin(ctx, t.Who, t.Conversation, t.Task, t.Message, t.Mode)
	if err != nil {
		return nil, err
	}
	if b.Overtook {
		t.Mode = chat.Interrupt // whoever is overtaken is stopped, too
	}
	o := &opening{turn: t, task: task, begun: b, tenant: a.tenant(t.Who.Tenant)}
	if b.Repeated != nil || b.Running != "" || b.Turn == "" {
		kept = true
		a.turns.Done()
		return o, nil
	}
	o.lang = t.Lang
	if o.lang == "" {
		if m := lastUser(b.History); m != "" {
			o.lang = text.Lang(m)
		} else if t.Message.Text == "" { // a picture alone
			o.lang = cmp.Or(o.tenant.Lang, "en")
		} else {
			o.lang = text.Lang(t.Message.Text)
		}
	}
	for i, m := range o.begun.History { // nobody here sees pictures
		o.begun.History[i].Text = m.Read(o.lang)
	}
	if o.turn.Zone == "" {
		o.turn.Zone = o.tenant.Zone
	}
	leased, release, err := a.lease(ctx, o)
	if err != nil {
		a.abandon(ctx, o, err)
		return nil, err
	}
	o.ctx, o.cancel = context.WithCancelCause(leased)
	o.release = sync.OnceFunc(release)
	kept = true
	return o, nil
}

// withPeople says whether a person, or nobody yet, answers in the conversation: its messages are kept whatever the assistant does.
func (a *Assistant) withPeople(ctx context.Context, t Turn) bool {
	b, err := a.History.Read(ctx, t.Who, t.Conversation)
	return err == nil && b.Conversation.Owner.Kind != chat.Assistant
}

// enter counts a turn in, so that Drain waits for it.
func (a *Assistant) enter() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.draining {
		return &shop.Error{Kind: shop.Unavailable, Msg: "The server is restarting; please send that again in a moment.", Retry: 5 * time.Second}
	}
	a.turns.Add(1)
	return nil
}

// interrupt stops the running turn and waits until it is stored.
func (a *Assistant) interrupt(ctx context.Context, t Turn) error {
	b, err := a.History.Read(ctx, t.Who, t.Conversation)
	if err != nil {
		var e *shop.Error
		if errors.As(err, &e) && e.Kind == shop.NotFound {
			return nil // a new conversation, or another's: Begin knows
		}
		return err
	}
	if err := a.Lease.Stop(ctx, place(t.Who, b)); err != nil {
		return err
	}
	wait, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for range a.Log.Follow(wait, place(t.Who, b), 0) {
		continue
	}
	return ctx.Err()
}

// errOvertaken refuses a message that interrupted the conversation and was interrupted before it was its turn.
var errOvertaken = &shop.Error{Kind: shop.Busy, Msg: "Another message has interrupted this one."}

// lease tries for a moment: the turn before is committed an instant before it gives its lease back. Of several messages that
// interrupt at once the last one stored has the turn that runs: it stops whoever is before it, the others give up.
func (a *Assistant) lease(ctx context.Context, o *opening) (context.Context, func(), error) {
	for wait := 5 * time.Millisecond; ; wait *= 2 {
		leased, release, err := a.Lease.Lease(ctx, o.place(), o.begun.Turn)
		var e *shop.Error
		if err == nil || !errors.As(err, &e) || e.Kind != shop.Busy || wait > time.Second {
			return leased, release, err
		}
		if o.turn.Mode == chat.Interrupt {
			if b, err := a.History.Read(ctx, o.turn.Who, o.turn.Conversation); err != nil {
				return nil, nil, err
			} else if b.Running != o.begun.Turn {
				return nil, nil, errOvertaken
			}
			if err := a.Lease.Stop(ctx, o.place()); err != nil {
				return nil, nil, err
			}
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// abandon closes a turn that was opened and cannot run, so that the conversation is not busy for ever.
func (a *Assistant) abandon(ctx context.Context, o *opening, why error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	r := a.newRun(o, nil)
	ending, prob := chat.Failed, problem(why, o.lang)
	if errors.Is(why, errOvertaken) {
		ending, prob = chat.Cancelled, nil
	}
	c := r.commit(ending, prob)
	if err := a.History.Commit(ctx, c); err != nil {
		a.log().ErrorContext(ctx, "abandon turn", "conversation", o.turn.Conversation, "turn", o.begun.Turn, "error", err)
	}
}

func (a *Assistant) tenant(id string) shop.Tenant {
	if a.Tenant == nil {
		return shop.Tenant{ID: id, Currency: "USD", Zone: "UTC", Lang: "en"}
	}
	return a.Tenant(id)
}

func lastUser(ms []chat.Message) string {
	for _, m := range slices.Backward(ms) {
		if m.Role == chat.User && m.Text != "" {
			return m.Text
		}
	}
	return ""
}

// Drain refuses new turns and waits for the running ones; when ctx ends they are cancelled and stored as such.
func (a *Assistant) Drain(ctx context.Context) error {
	a.mu.Lock()
	a.draining = true
	a.mu.Unlock()
	done := make(chan struct{})
	go func() { a.turns.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	a.mu.Lock()
	for _, l := range a.live {
		l.cancel(errDrained)
	}
	a.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-time.After(15 * time.Second): // a commit has ten
		return errors.New("drain assistant: a turn did not end")
	}
}
