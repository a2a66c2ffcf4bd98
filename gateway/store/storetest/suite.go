// Package storetest is what every engine behind gateway/store must do: the promises of the ports that the store implements.
package storetest

import (
	"context"
	"errors"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

// Run runs the suite. fresh makes an empty database and returns what store.Open takes; the database goes with the test.
func Run(t *testing.T, fresh func(t testing.TB) string) {
	if where := os.Getenv(childEnv); where != "" {
		if os.Getenv(confirmsEnv) != "" {
			confirmer(t, where)
		}
		child(t, where)
		return
	}
	for _, part := range []struct {
		name string
		fn   func(t *testing.T, db *database)
	}{
		{"Begin", testBegin},
		{"Commit", testCommit},
		{"Repeated", testRepeated},
		{"Regenerate", testRegenerate},
		{"Interrupt", testInterrupt},
		{"Summary", testSummary},
		{"LostProcess", testLostProcess},
		{"AbandonTurns", testAbandonTurns},
		{"Ownership", testOwnership},
		{"Conversations", testConversations},
		{"Delete", testDelete},
		{"Feedback", testFeedback},
		{"OddText", testOddText},
		{"Replies", testReplies},
		{"Products", testProducts},
		{"Changes", testChanges},
		{"Stage", testStage},
		{"StageResumes", testStageResumes},
		{"Rejects", testRejects},
		{"Documents", testDocuments},
		{"Knowledge", testKnowledge},
		{"KnowledgeDates", testKnowledgeDates},
		{"Propose", testPropose},
		{"Vectors", testVectors},
		{"Tenants", testTenants},
		{"Keys", testKeys},
		{"Secret", testSecret},
		{"World", testWorld},
		{"Orders", testOrders},
		{"Act", testAct},
		{"ActRaces", testActRaces},
		{"Proposals", testProposals},
		{"ProposalExpiry", testProposalExpiry},
		{"SecondPerson", testSecondPerson},
		{"ConfirmKilled", testConfirmKilled},
		{"Desk", testDesk},
		{"TakenOver", testTakenOver},
		{"DeskInterleavings", testDeskInterleavings},
		{"DeskRaces", testDeskRaces},
		{"TooLate", testTooLate},
		{"HandBackWaiting", testHandBackWaiting},
		{"DeskClocks", testDeskClocks},
		{"Quality", testQuality},
		{"Lookup", testLookup},
		{"DeskQueue", testDeskQueue},
		{"Presence", testPresence},
		{"DeskAgents", testDeskAgents},
		{"Merge", testMerge},
		{"LeaseWaiting", testLeaseWaiting},
		{"SaveSuggestions", testSaveSuggestions},
		{"SuggestionStates", testSuggestionStates},
		{"MarkSuggestion", testMarkSuggestion},
		{"SuggestionsAsked", testSuggestionsAsked},
		{"Seen", testSeen},
		{"Ratings", testRatings},
		{"SuggestionWorth", testSuggestionWorth},
		{"SuggestionInterleavings", testSuggestionInterleavings},
		{"SuggestionRaces", testSuggestionRaces},
		{"DeskSearch", testDeskSearch},
		{"Rules", testRules},
		{"Outbox", testOutbox},
		{"OutboxRaces", testOutboxRaces},
		{"Codes", testCodes},
		{"CodeTries", testCodeTries},
		{"CodeOnce", testCodeOnce},
		{"CodeWhileAnswering", testCodeWhileAnswering},
		{"CodeSecret", testCodeSecret},
		{"PeopleByEmail", testPeopleByEmail},
		{"Attachments", testAttachments},
		{"Calls", testCalls},
		{"Erase", testErase},
		{"EraseAudit", testEraseAudit},
		{"Audit", testAudit},
		{"Sweep", testSweep},
		{"Switches", testSwitches},
		{"TurnRecords", testTurnRecords},
		{"Races", testRaces},
		{"Writers", testWriters},
		{"Cancelled", testCancelled},
		{"Killed", testKilled},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.fn(t, &database{where: fresh(t), clock: &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}})
		})
	}
}

// database is one empty database and the clock of all who open it.
type database struct {
	where string
	clock *clock
}

func (d *database) open(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), d.where, store.Options{Now: d.clock.Now, Alive: 20 * time.Second})
	must(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// shop is an open store with the tenants a and b.
func (d *database) shop(t *testing.T) *store.Store {
	t.Helper()
	s := d.open(t)
	for _, id := range []string{"a", "b"} {
		must(t, s.PutTenant(t.Context(), shop.Tenant{ID: id, Currency: "USD", Zone: "UTC", Lang: "en"}))
	}
	return s
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is a microsecond later at each call, so that records have an order.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Microsecond)
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused fails unless err is a *shop.Error of the kind, with a sentence.
func refused(t testing.TB, err error, kind shop.Kind) {
	t.Helper()
	var e *shop.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Msg == "" {
		t.Fatalf("error %v, want kind %v", err, kind)
	}
}

func same[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// Principals: ann and bob are shoppers of tenant a.
var (
	ann   = shop.Principal{Tenant: "a", ID: "ann", Key: "k1", Role: shop.Shopper}
	bob   = shop.Principal{Tenant: "a", ID: "bob", Key: "k1", Role: shop.Shopper}
	agent = shop.Principal{Tenant: "a", ID: "gus", Key: "k2", Role: shop.Agent}
	admin = shop.Principal{Tenant: "a", ID: "ada", Key: "k3", Role: shop.Admin}
)

func in(tenant string, who shop.Principal) shop.Principal {
	who.Tenant = tenant
	return who
}

func say(id, text string) chat.Message { return chat.Message{ID: id, Text: text} }

func begin(t testing.TB, s *store.Store, who shop.Principal, conversation string, m chat.Message, mode chat.Mode) chat.Begun {
	t.Helper()
	b, err := s.Begin(context.Background(), who, conversation, "shopper", m, mode)
	must(t, err)
	return b
}

// answer is a commit of a turn: text, a call with its result, evidence, events.
func answer(b chat.Begun, text string) chat.Commit {
	call := chat.ToolCall{ID: "c" + strconv.FormatInt(b.Number, 10), Name: "search_products", Args: []byte(`{"query":"x"}`)}
	at := time.Date(2026, 3, 1, 12, 0, 1, 0, time.UTC)
	return chat.Commit{
		Who: b.Conversation.For, Conversation: b.Conversation.ID, Turn: b.Turn, Revision: b.Conversation.Revision, LastUser: b.Conversation.LastUser,
		Messages: []chat.Message{
			{Role: chat.Bot, Calls: []chat.ToolCall{call}, At: at},
			{Role: chat.Tool, CallID: call.ID, Name: call.Name, Text: `{"total":1}`, At: at, Cards: []shop.Card{{Kind: "products", ID: "p", Data: []byte(`{"total":1}`)}}},
			{ID: "m" + b.Turn, Role: chat.Bot, Text: text, Ending: chat.Completed, Rung: "rules", At: at},
		},
		Evidence: []chat.Evidence{{Turn: b.Turn, Call: call, Output: []byte(`{"total":1}`), At: at}},
		Events: []chat.Event{
			{ID: b.Number << 20, Turn: b.Turn, Kind: chat.EvBegun},
			{ID: b.Number<<20 + 1, Turn: b.Turn, Kind: chat.EvText, Text: text},
			{ID: b.Number<<20 + 2, Turn: b.Turn, Kind: chat.EvEnded, Ending: chat.Completed, Usage: chat.Usage{Input: 3, Output: 2}},
		},
		Ending: chat.Completed, Rung: "rules", Prompt: "hash", Usage: chat.Usage{Input: 3, Output: 2}, Struck: 1,
	}
}

func commit(t testing.TB, s *store.Store, c chat.Commit) {
	t.Helper()
	must(t, s.Commit(context.Background(), c))
}

// turn is a whole one.
func turn(t testing.TB, s *store.Store, who shop.Principal, conversation string, m chat.Message, text string) chat.Begun {
	t.Helper()
	b := begin(t, s, who, conversation, m, chat.New)
	commit(t, s, answer(b, text))
	return b
}

// texts of messages, replaced ones in brackets, tools' left out.
func texts(ms []chat.Message) (out string) {
	for _, m := range ms {
		if m.Text == "" || m.Role == chat.Tool {
			continue
		}
		if out != "" {
			out += " | "
		}
		if m.Replaced {
			out += "[" + m.Text + "]"
		} else {
			out += m.Text
		}
	}
	return out
}
