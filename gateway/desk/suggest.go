package desk

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// Suggestions keeps suggested replies; the store implements it.
type Suggestions interface {
	// LeaseWaiting are messages to people that have no suggestions yet; each is the caller's for a while.
	LeaseWaiting(ctx context.Context, limit int, lease time.Duration) ([]Waiting, error)
	// SuggestionCase is what there is to answer. Moved on: shop.Error{Kind: Conflict}.
	SuggestionCase(ctx context.Context, w Waiting) (Case, error)
	// SaveSuggestions keeps those of a message, unless the customer wrote again since: then it does nothing.
	SaveSuggestions(ctx context.Context, w Waiting, all []Suggestion) error
	Suggestion(ctx context.Context, who shop.Principal, id string) (Suggestion, error)
	// SuggestionsAsked are those of another desk's message.
	SuggestionsAsked(ctx context.Context, who shop.Principal, conversation, message string) ([]Suggestion, error)
	// MarkSuggestion moves one on; for Inserted with the proposal that was kept for it.
	MarkSuggestion(ctx context.Context, who shop.Principal, id string, m Mark) (Suggestion, error)
}

// Mark is what somebody did with a suggestion.
type Mark struct {
	State    SuggestionState // Shown, Inserted, Dismissed, Reported; Sent only by another desk
	Reason   string          // one of Reasons
	Note     string
	Distance float64 // Sent, by another desk
	Proposal *shop.Proposal
	Text     string // Inserted, where a gap was filled
}

// Drafter makes whole answers, the best first; main gives it the assistant.
type Drafter interface {
	Draft(ctx context.Context, c Case) ([]Drafted, error)
	// Fresh says whether what was looked up still is so.
	Fresh(ctx context.Context, c Case, facts []chat.Evidence) (bool, error)
	// Proven says how much of a text nothing proves: "" when all of it is.
	Proven(ctx context.Context, c Case, facts []chat.Evidence, text string) (unproven string, err error)
	// Undone says whether a text claims that something was done that was not.
	Undone(ctx context.Context, c Case, text string) (bool, error)
	// Keep stores a planned proposal as the agent's.
	Keep(ctx context.Context, who shop.Principal, p shop.Proposal) (shop.Proposal, error)
}

// Macros finds approved texts for a case.
type Macros interface {
	MacrosFor(ctx context.Context, c Case, limit int) ([]Macro, error)
}

// Suggester makes suggestions for what waits, and answers for them afterwards. Its fields are set before Run.
type Suggester struct {
	Store      Suggestions
	Drafter    Drafter
	Macros     Macros     // nil: there are none
	Candidates Candidates // nil: answers are not learned from
	Told       func(tenant, conversation string)
	Ready      func(ctx context.Context, w Waiting, all []Suggestion) error // told of those that another desk waits to hear of
	Now        func() time.Time
	NewID      func() string
	Log        *slog.Logger

	once  sync.Once
	kick  chan struct{}
	asked sync.WaitGroup
}

const (
	suggested   = 3 // at most, for one message
	atOnce      = 4 // messages that are worked on
	suggestedIn = 60 * time.Second
)

func (s *Suggester) kicks() chan struct{} {
	s.once.Do(func() { s.kick = make(chan struct{}, 1) })
	return s.kick
}

// Arrived says that somebody may wait: Run looks at once.
func (s *Suggester) Arrived() {
	select {
	case s.kicks() <- struct{}{}:
	default:
	}
}

// Run makes suggestions until ctx ends. Replicas share the work by leases.
func (s *Suggester) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var all sync.WaitGroup
	defer all.Wait()
	defer s.asked.Wait()
	room := make(chan struct{}, atOnce)
	for {
		free := cap(room) - len(room)
		var waiting []Waiting
		if free > 0 {
			var err error
			if waiting, err = s.Store.LeaseWaiting(ctx, free, suggestedIn); err != nil && ctx.Err() == nil {
				s.Log.WarnContext(ctx, "look for messages without suggestions", "error", err)
			}
		}
		for _, w := range waiting {
			room <- struct{}{}
			all.Go(func() {
				s.serve(ctx, w)
				<-room
				s.Arrived()
			})
		}
		if len(waiting) > 0 && len(waiting) < free {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-s.kicks():
		}
	}
}

func (s *Suggester) serve(ctx context.Context, w Waiting) {
	ctx, cancel := context.WithTimeout(ctx, suggestedIn)
	defer cancel()
	c, err := s.Store.SuggestionCase(ctx, w)
	if err == nil {
		var made []Suggestion
		if made, err = s.Suggest(ctx, c, w.Message); err == nil {
			err = s.Store.SaveSuggestions(ctx, w, made)
		}
	}
	if moved(err) {
		return // the customer wrote again, or took it back
	}
	if err != nil {
		if ctx.Err() == nil {
			s.Log.WarnContext(ctx, "suggest a reply", "conversation", w.Conversation, "error", err)
		}
		return
	}
	s.Told(w.Tenant, w.Conversation)
}

func moved(err error) bool {
	var e *shop.Error
	return errors.As(err, &e) && (e.Kind == shop.Conflict || e.Kind == shop.NotFound)
}

// Suggest makes up to three suggestions for a message: what is dangerous first, then what the shop approved for it, then grounded
// answers, then a question, then that somebody else decides. None is stored.
func (s *Suggester) Suggest(ctx context.Context, c Case, message string) ([]Suggestion, error) {
	var out []Suggestion
	add := func(x Suggestion) {
		x.Text = strings.TrimSpace(x.Text)
		if x.Text == "" || len(out) == suggested || slices.ContainsFunc(out, func(y Suggestion) bool { return alike(x.Text, y.Text) }) {
			return
		}
		x.ID, x.Tenant, x.Conversation, x.Message, x.Revision, x.State = s.NewID(), c.Row.For.Tenant, c.Row.ID, message, c.Row.Revision, Generated
		x.Created, x.For = s.Now(), c.Row.For
		x.Lang = cmp.Or(x.Lang, c.Row.Lang)
		if x.Citations == nil {
			x.Citations = []Citation{}
		}
		x.Band = cmp.Or(x.Band, x.Proof.Band())
		out = append(out, x)
	}
	asked := c.Last()
	danger := dangerOf(asked)
	if danger != "" {
		add(Suggestion{Text: said(c.Row.Lang, "danger"), Source: FromHandoff, Intent: danger, Band: Unsure, Prompt: "built-in"})
	}
	if s.Macros != nil {
		ms, err := s.Macros.MacrosFor(ctx, c, 1)
		if err != nil {
			s.Log.WarnContext(ctx, "look for macros", "conversation", c.Row.ID, "error", err)
		}
		for _, m := range ms {
			x := ofMacro(m)
			if undone, err := s.Drafter.Undone(ctx, c, x.Text); err != nil || undone {
				continue // it says that something was done that was not
			}
			add(x)
		}
	}
	drafts, err := s.Drafter.Draft(ctx, c)
	if err != nil && len(out) == 0 {
		s.Log.WarnContext(ctx, "draft a reply", "conversation", c.Row.ID, "error", err)
	}
	for _, d := range drafts {
		x := ofDraft(d)
		if danger != "" && x.Intent == "products" { // nobody who is hurt looks for goods
			continue
		}
		if danger != "" && x.Proof.Band() == Grounded { // a person looks twice
			x.Band = Check
		}
		add(x)
	}
	if danger == "" { // an approved text that has gaps comes behind an answer that is whole
		slices.SortStableFunc(out, func(x, y Suggestion) int { return cmp.Compare(doubt[x.Band], doubt[y.Band]) })
	}
	if len(out) == 0 {
		add(Suggestion{Text: said(c.Row.Lang, "question"), Source: FromQuestion, Intent: "unclear", Proof: Proof{Fresh: true}, Prompt: "built-in"})
		add(Suggestion{Text: said(c.Row.Lang, "handoff"), Source: FromHandoff, Intent: "unclear", Band: Unsure, Prompt: "built-in"})
	}
	return out, nil
}

// ofMacro makes a suggestion of an approved text. The text is its own source.
func ofMacro(m Macro) Suggestion {
	x := Suggestion{
		Text: m.Text, Source: FromMacro, Intent: "macro:" + m.ID, Proof: Proof{Grounded: !m.Gaps, Fresh: true, Rule: true}, Prompt: "macro " + m.ID + "@" + m.Version,
		Citations: []Citation{{N: 1, Document: m.Title, Section: m.Section, Version: m.Version, Quote: m.Text}},
	}
	output, err := json.Marshal(map[string]any{"passages": []shop.PolicyCard{{Document: m.Title, Section: m.Section, Version: m.Version, Quote: m.Text}}})
	if err == nil {
		x.Facts = []chat.Evidence{{Call: chat.ToolCall{Name: "search_policies"}, Output: output}}
	}
	return x
}

var doubt = map[Band]int{Grounded: 0, Check: 1, Unsure: 2}

// ofDraft sorts an answer into source and band.
func ofDraft(d Drafted) Suggestion {
	x := Suggestion{Text: d.Text, Lang: d.Lang, Citations: d.Citations, Proposal: d.Proposal, Facts: d.Facts, Rung: d.Rung, Prompt: d.Prompt}
	x.Intent = intentOf(d)
	reads := d.Proposal != nil || x.Intent == "orders" || x.Intent == "coupons" || x.Intent == "products" || x.Intent == "account"
	x.Proof = Proof{
		Grounded: d.Struck == 0 && len(d.Facts) > 0,
		Fresh:    d.Whole && d.Failures == 0 && d.Struck == 0,
		Rule:     reads || len(d.Citations) > 0,
	}
	switch {
	case len(d.Facts) == 0 && asks(d.Text):
		x.Source = FromQuestion
	case !d.BuiltIn:
		x.Source = FromModel
	case len(d.Citations) > 0 && x.Intent == "policy":
		x.Source = FromPolicy
	default:
		x.Source = FromFacts
	}
	return x
}

func asks(text string) bool {
	return strings.ContainsAny(text, "?？")
}

// intents of what was looked up; of several the first in this order is what it was about.
var intents = []struct{ tool, intent string }{
	{"order_status", "orders"},
	{"my_account", "account"},
	{"find_coupons", "coupons"},
	{"get_product", "products"},
	{"compare_products", "products"},
	{"search_products", "products"},
	{"search_policies", "policy"},
}

func intentOf(d Drafted) string {
	if d.Proposal != nil {
		return d.Proposal.Tool
	}
	for _, i := range intents {
		if slices.ContainsFunc(d.Facts, func(e chat.Evidence) bool { return e.Call.Name == i.tool }) {
			return i.intent
		}
	}
	return "talk"
}

// alike tells whether two texts are the same to a reader.
func alike(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// dangers are what no suggestion decides: a person with the right to it does.
var dangers = []struct {
	intent string
	re     *regexp.Regexp
}{
	{"injury", regexp.MustCompile(`(?i)\b(injur\w*|hospital|bleeding|burn(ed|t) (me|my|him|her)|electric shock|caught fire|poison\w*|allergic reaction)\b|受伤|住院|流血|烫伤|触电|起火|着火|中毒|过敏反应`)},
	{"self_harm", regexp.MustCompile(`(?i)\b(kill myself|suicid\w*|end my life|hurt myself)\b|自杀|轻生|不想活`)},
	{"legal", regexp.MustCompile(`(?i)\b(lawyer|attorney|lawsuit|sue (you|your)|legal action|consumer protection|small claims)\b|律师|起诉|法院|消协|12315|投诉到|工商局`)},
	{"fraud", regexp.MustCompile(`(?i)\b(hacked|unauthori[sz]ed (charge|order|purchase)|stolen card|didn't (make|place) (this|that) (order|purchase)|identity theft)\b|盗刷|被盗|不是我(下|买)的|账号被`)},
	{"privacy", regexp.MustCompile(`(?i)\b(gdpr|delete (all )?my (data|account)|personal data request)\b|删除(我的)?(账号|账户|个人信息)|注销(账号|账户)`)},
}

func dangerOf(text string) string {
	for _, d := range dangers {
		if d.re.MatchString(text) {
			return d.intent
		}
	}
	return ""
}

var sayings = map[string][2]string{
	"danger":   {"Thank you for telling us. This matters to us, and I do not want to answer it in passing: a colleague who may decide it is looking into it now and will write to you here.", "感谢您告诉我们。这件事很重要，我不想草率回复：有权处理的同事正在查看，会在这里回复您。"},
	"question": {"Thank you for your message. Could you tell me a little more about what you need, with the order number if it is about an order?", "感谢您的来信。可以再具体说一下您的需求吗？如果与订单有关，请一并告诉我订单号。"},
	"handoff":  {"Thank you for your patience. I would like a colleague who knows this best to look at it; they will write to you here.", "感谢您的耐心等待。我想请最了解这方面的同事来看一下，会在这里回复您。"},
}

func said(lang, what string) string {
	if strings.HasPrefix(lang, "zh") {
		return sayings[what][1]
	}
	return sayings[what][0]
}

// Ask makes suggestions for a message of another desk. The same message again gives those that were made for it.
func (s *Suggester) Ask(ctx context.Context, who shop.Principal, c Case, message string) ([]Suggestion, error) {
	made, err := s.Store.SuggestionsAsked(ctx, who, c.Row.ID, message)
	if err != nil || len(made) > 0 {
		return made, err
	}
	if made, err = s.Suggest(ctx, c, message); err != nil {
		return nil, err
	}
	for i := range made { // the same ids, whoever asks: asked twice at once, they are kept once
		made[i].ID, made[i].Said = askedID(who.Tenant, c.Row.ID, message, i), c.Messages
	}
	if err := s.Store.SaveSuggestions(ctx, Waiting{who.Tenant, c.Row.ID, message}, made); err != nil {
		return nil, err
	}
	return s.Store.SuggestionsAsked(ctx, who, c.Row.ID, message)
}

func askedID(tenant, conversation, message string, n int) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{tenant, conversation, message, strconv.Itoa(n)}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// AskLater is Ask for a desk that hears of the outcome by Ready.
func (s *Suggester) AskLater(ctx context.Context, who shop.Principal, c Case, message string) {
	ctx = context.WithoutCancel(ctx)
	s.asked.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, suggestedIn)
		defer cancel()
		made, err := s.Ask(ctx, who, c, message)
		if err == nil {
			err = s.Ready(ctx, Waiting{who.Tenant, c.Row.ID, message}, made)
		}
		if err != nil {
			s.Log.WarnContext(ctx, "suggest a reply to another desk", "conversation", c.Row.ID, "error", err)
		}
	})
}

// Insert is an agent's choice of a suggestion: what it proposes is kept, as the agent's proposal, and gets its id; the gap for the
// agent's name is filled where there is one.
func (s *Suggester) Insert(ctx context.Context, who shop.Principal, id, name string) (Suggestion, error) {
	x, err := s.Store.Suggestion(ctx, who, id)
	if err != nil {
		return x, err
	}
	if !x.State.Usable() {
		return x, errUsedUp
	}
	m := Mark{State: Inserted}
	if name != "" && strings.Contains(x.Text, "{agent}") {
		m.Text = strings.ReplaceAll(x.Text, "{agent}", name)
	}
	if x.Proposal != nil && x.Proposal.ID == "" {
		p := *x.Proposal
		p.By = who
		kept, err := s.Drafter.Keep(ctx, who, p)
		if err != nil {
			return x, err
		}
		m.Proposal = &kept
	}
	return s.Store.MarkSuggestion(ctx, who, id, m)
}

// Mark says what somebody did with a suggestion.
func (s *Suggester) Mark(ctx context.Context, who shop.Principal, id string, m Mark) (Suggestion, error) {
	if m.State == Dismissed || m.State == Reported {
		if !slices.Contains(Reasons, m.Reason) {
			return Suggestion{}, &shop.Error{Kind: shop.Invalid, Field: "reason", Msg: "A reason is one of " + strings.Join(Reasons, ", ") + "."}
		}
		if len([]rune(m.Note)) > 1000 {
			return Suggestion{}, &shop.Error{Kind: shop.Invalid, Field: "note", Msg: "“note” has more than 1,000 characters."}
		}
	}
	return s.Store.MarkSuggestion(ctx, who, id, m)
}

var errUsedUp = &shop.Error{Kind: shop.Conflict, Code: "suggestion_over", Msg: "This suggestion was made for an earlier message; there may be a new one."}

// Recheck says, before a text is sent, why it must not be: a fact has changed since, or nothing proves a part of it. Whoever sends it
// all the same has read that.
func (s *Suggester) Recheck(ctx context.Context, who shop.Principal, id, text string) error {
	x, err := s.Store.Suggestion(ctx, who, id)
	if err != nil {
		return err
	}
	if !x.State.Usable() {
		return errUsedUp
	}
	c := Case{Row: Row{Conversation: chat.Conversation{ID: x.Conversation, For: x.For, Lang: x.Lang}}, Messages: x.Said}
	if x.Said == nil {
		if c, err = s.Store.SuggestionCase(ctx, Waiting{x.Tenant, x.Conversation, x.Message}); err != nil {
			return err
		}
	}
	for _, gap := range shop.MacroGaps {
		if strings.Contains(text, "{"+gap+"}") {
			return &shop.Error{Kind: shop.Conflict, Code: "unproven", Msg: "The gap {" + gap + "} is still open."}
		}
	}
	c.Who = who
	fresh, err := s.Drafter.Fresh(ctx, c, x.Facts)
	if err != nil {
		return err
	}
	if !fresh {
		return &shop.Error{Kind: shop.Conflict, Code: "facts_changed", Msg: "What this suggestion states has changed since; read it again before you send it."}
	}
	unproven, err := s.Drafter.Proven(ctx, c, x.Facts, text)
	if err != nil {
		return err
	}
	if unproven != "" {
		return &shop.Error{Kind: shop.Conflict, Code: "unproven", Msg: "Nothing proves this part: " + unproven}
	}
	return nil
}

var footnote = regexp.MustCompile(`\s?\[\d{1,3}\]`)

// Plain is a suggestion's text without its footnotes, as a customer gets it.
func Plain(s string) string { return footnote.ReplaceAllString(s, "") }

// Distance is how much of a text was changed: edits over the longer one's length, in characters. Footnotes are no part of it.
func Distance(a, b string) float64 {
	x, y := []rune(strings.TrimSpace(Plain(a))), []rune(strings.TrimSpace(Plain(b)))
	if len(x) > 4000 {
		x = x[:4000]
	}
	if len(y) > 4000 {
		y = y[:4000]
	}
	if len(x) == 0 && len(y) == 0 {
		return 0
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range x {
		before := row[0]
		row[0] = i + 1
		for j, q := range y {
			cost := before
			if r != q {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, before+1)
		}
	}
	return float64(row[len(y)]) / float64(max(len(x), len(y)))
}
