package storetest

import (
	"testing"
	"time"

	"shopkeeper/shop"
)

func testLookup(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	must(t, s.PutPeople(ctx, "a", []shop.Person{
		{ID: "ann", Name: "Ann  Lee", Address: shop.Address{Postal: "SW1A 1AA"}},
		{ID: "ann2", Name: "ann lee", Address: shop.Address{Postal: "sw1a1aa"}},
		{ID: "bob", Name: "Bob", Address: shop.Address{Postal: "1_0%"}},
		{ID: "li", Name: "李雷", Address: shop.Address{Postal: "200000"}},
		{ID: "none", Name: "Nobody"},
	}))
	must(t, s.PutPeople(ctx, "b", []shop.Person{{ID: "ann", Name: "Ann Lee", Address: shop.Address{Postal: "SW1A 1AA"}}}))
	must(t, s.PutOrders(ctx, "a", []shop.Order{{ID: "W1", Shopper: "ann", Placed: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}}))
	for _, c := range []struct{ name, postal, want string }{
		{"Ann Lee", "SW1A 1AA", "ann ann2 "},
		{" ANN lee ", "sw1a-1aa", "ann ann2 "},
		{"Ann", "SW1A 1AA", ""},
		{"Ann Lee", "SW1A 1AB", ""},
		{"李雷", "200000", "li "},
		{"Bob", "1_0%", "bob "},
		{"Bob", "%", ""},
		{"Nobody", "", ""},
		{"", "", ""},
	} {
		found, err := s.PeopleByName(ctx, "a", c.name, c.postal)
		must(t, err)
		got := ""
		for _, p := range found {
			got += p.ID + " "
		}
		same(t, c.name+" in "+c.postal, got, c.want)
	}
	owner, err := s.OrderOwner(ctx, "a", "W1")
	must(t, err)
	same(t, "owner", owner, "ann")
	for tenant, id := range map[string]string{"a": "W2", "b": "W1"} {
		_, err := s.OrderOwner(ctx, tenant, id)
		refused(t, err, shop.NotFound)
	}
}
