package storetest

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

func photo(id, conversation string) chat.Attachment {
	return chat.Attachment{ID: id, Conversation: conversation, Type: "image/png", Width: 3, Height: 2, Sum: "0a", Bytes: []byte("\x89PNG\x00\xff" + id)}
}

func sayWith(id, text string, photos ...string) chat.Message {
	m := say(id, text)
	for _, p := range photos {
		m.Cards = append(m.Cards, shop.Card{Kind: chat.AttachmentKind, ID: p})
	}
	return m
}

func testAttachments(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	must(t, s.PutAttachment(ctx, ann, photo("p1", "c1"))) // before the conversation
	a, err := s.Attachment(ctx, ann, "p1")
	must(t, err)
	if !bytes.Equal(a.Bytes, photo("p1", "").Bytes) || a.Type != "image/png" || a.Width != 3 || a.Height != 2 || a.Sum != "0a" || a.Conversation != "c1" || a.Created.IsZero() {
		t.Errorf("read %+v", a)
	}
	t.Run("who may read", func(t *testing.T) {
		for _, who := range []shop.Principal{agent, admin} {
			_, err := s.Attachment(ctx, who, "p1")
			must(t, err)
		}
		anon := ann
		anon.Anon = true
		for _, who := range []shop.Principal{bob, in("b", ann), in("b", agent), anon, {Tenant: "a", Role: shop.App, Key: "ann"}} {
			_, err := s.Attachment(ctx, who, "p1")
			refused(t, err, shop.NotFound)
		}
		_, err := s.Attachment(ctx, ann, "none")
		refused(t, err, shop.NotFound)
	})
	t.Run("others' conversations and pictures", func(t *testing.T) {
		begin(t, s, bob, "bobs", say("u1", "hello"), chat.New)
		refused(t, s.PutAttachment(ctx, ann, photo("px", "bobs")), shop.NotFound)
		for conversation, m := range map[string]chat.Message{"bobs2": sayWith("u2", "look", "p1"), "bobs3": sayWith("u2", "", "none"), "c1": sayWith("u2", "", "p1")} {
			_, err := s.Begin(ctx, bob, conversation, "shopper", m, chat.New)
			refused(t, err, shop.NotFound)
			_, err = s.Read(ctx, bob, conversation)
			refused(t, err, shop.NotFound)
		}
		_, err := s.Begin(ctx, ann, "other", "shopper", sayWith("u2", "", "p1"), chat.New)
		refused(t, err, shop.NotFound)
	})
	b := turn(t, s, ann, "c1", sayWith("u1", "", "p1"), "I cannot look at pictures.")
	m := b.History[0]
	same(t, "photos", m.Photos(), 1)
	same(t, "card", string(m.Cards[0].Data), `{"id":"p1","type":"image/png","width":3,"height":2,"size":8,"url":"/api/attachments/p1"}`)
	same(t, "read", m.Read("en"), chat.PhotoNote("en"))
	_, ms, err := s.Conversation(ctx, ann, "c1")
	must(t, err)
	same(t, "stored card", string(ms[0].Cards[0].Data), string(m.Cards[0].Data))
	again := begin(t, s, ann, "c1", sayWith("u1", "", "p1"), chat.New)
	same(t, "again", again.Repeated != nil, true)
	_, err = s.Begin(ctx, ann, "c1", "shopper", sayWith("u1", "", "p2"), chat.New)
	refused(t, err, shop.Conflict)

	t.Run("how many", func(t *testing.T) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		stored := 0
		for i := range 25 {
			wg.Go(func() {
				if s.PutAttachment(context.WithoutCancel(ctx), ann, photo(fmt.Sprint("n", i), "many")) == nil {
					mu.Lock()
					stored++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		same(t, "stored", stored, 20)
		refused(t, s.PutAttachment(ctx, ann, photo("n99", "many")), shop.Refused)
		refused(t, s.PutAttachment(ctx, ann, photo("n99", "elsewhere")), shop.Refused) // too many wait for their message
		must(t, s.PutAttachment(ctx, bob, photo("b1", "many")))
		db.clock.pass(25 * time.Hour)
		_, err := s.Attachment(ctx, ann, "n99")
		refused(t, err, shop.NotFound)
		_, err = s.Attachment(ctx, bob, "b1")
		refused(t, err, shop.NotFound)
		must(t, s.PutAttachment(ctx, ann, photo("n99", "many"))) // those were never sent
		_, err = s.Attachment(ctx, ann, "p1")
		must(t, err)
	})
	t.Run("merged", func(t *testing.T) {
		must(t, s.PutAttachment(ctx, ann, photo("m1", "from")))
		turn(t, s, ann, "from", sayWith("u1", "it broke", "m1"), "Noted.")
		turn(t, s, ann, "into", say("u1", "hello"), "Noted.")
		_, err := s.Merge(ctx, agent, "from", expect(row(t, s, "from")), "into")
		must(t, err)
		must(t, s.DeleteConversation(ctx, ann, "from"))
		_, err = s.Attachment(ctx, agent, "m1")
		must(t, err)
		must(t, s.DeleteConversation(ctx, ann, "into"))
		_, err = s.Attachment(ctx, agent, "m1")
		refused(t, err, shop.NotFound)
	})
	t.Run("swept and erased", func(t *testing.T) {
		for {
			n, err := s.Sweep(ctx, store.KeptConversations, db.clock.Now())
			must(t, err)
			if n == 0 {
				break
			}
		}
		_, err := s.Attachment(ctx, ann, "p1")
		refused(t, err, shop.NotFound)
		must(t, s.PutAttachment(ctx, bob, photo("e2", "c8")))
		_, err = s.Erase(ctx, "a", "ann")
		must(t, err)
		_, err = s.Attachment(ctx, admin, "n99")
		refused(t, err, shop.NotFound)
		_, err = s.Attachment(ctx, bob, "e2")
		must(t, err)
	})
}
