package connector

import (
	"context"
	"fmt"
	"net/http"

	"shopkeeper/shop"
)

// Act implements shop.Actions. The outcome is done or refused only where the shop's system said so, signed, of this key, record and
// revision. With an error the outcome is unclear: what became of the action is not known, and the same key is to be tried again.
func (c *Client) Act(ctx context.Context, key string, a shop.Action) (shop.Outcome, error) {
	body, err := c.checked(key, a)
	if err != nil {
		return shop.Outcome{State: shop.OutcomeUnclear}, err
	}
	r, err := c.call(ctx, http.MethodPost, Root+"/actions", key, body, maxAnswer)
	return outcomeOf(r, err, key, a)
}

// Outcome asks what became of an action without doing it. NotFound: the shop knows no such key. A request that is still on its way may
// yet arrive within five minutes of when it was signed; after that NotFound is for good.
func (c *Client) Outcome(ctx context.Context, key string, a shop.Action) (shop.Outcome, error) {
	if _, err := c.checked(key, a); err != nil {
		return shop.Outcome{State: shop.OutcomeUnclear}, err
	}
	r, err := c.call(ctx, http.MethodGet, Root+"/actions/"+key, "", nil, maxAnswer)
	if err == nil && r.status == http.StatusNotFound {
		return shop.Outcome{State: shop.OutcomeUnclear}, &shop.Error{Kind: shop.NotFound, Msg: "The shop's order system knows nothing of this."}
	}
	return outcomeOf(r, err, key, a)
}

// checked refuses what must not leave.
func (c *Client) checked(key string, a shop.Action) ([]byte, error) {
	body, err := bodyOf(a)
	switch {
	case err != nil:
		return nil, &shop.Error{Kind: shop.Invalid, Msg: "The arguments of this action are not valid.", Err: err}
	case a.Tenant != c.o.Tenant:
		return nil, &shop.Error{Kind: shop.Internal, Msg: "This action belongs to another shop.", Err: fmt.Errorf("tenant %q, connector of %q", a.Tenant, c.o.Tenant)}
	case !keys.MatchString(key):
		return nil, &shop.Error{Kind: shop.Invalid, Field: "key", Msg: "The key of an action is 1 to 128 letters, digits and ._:- ."}
	case len(body) > maxRequest:
		return nil, &shop.Error{Kind: shop.TooLarge, Msg: "This action is too large."}
	}
	return body, nil
}

// outcomeOf believes an answer, or says that nothing is known.
func outcomeOf(r reply, err error, key string, a shop.Action) (shop.Outcome, error) {
	if err == nil {
		var o shop.Outcome
		if o, err = decodeOutcome(r.status, r.body, key, a); err == nil {
			return o, nil
		}
	}
	return shop.Outcome{State: shop.OutcomeUnclear}, &shop.Error{
		Kind: shop.Unclear, Code: "outcome_unclear", Msg: "The shop's order system did not say whether this was done. It is being asked again.", Err: fmt.Errorf("act %s: %w", key, err),
	}
}

// decodeOutcome reads a signed answer. A refusal may also come as 422, which some systems answer with.
func decodeOutcome(status int, body []byte, key string, a shop.Action) (shop.Outcome, error) {
	if status != http.StatusOK && status != http.StatusUnprocessableEntity {
		return shop.Outcome{}, reply{status: status, body: body}.problem()
	}
	w, err := decode[Answer](body)
	if err != nil {
		return shop.Outcome{}, fmt.Errorf("read answer: %w", err)
	}
	if err := checkAnswer(w, key, a); err != nil {
		return shop.Outcome{}, fmt.Errorf("read answer: %w", err)
	}
	if status != http.StatusOK && w.State != shop.OutcomeRefused {
		return shop.Outcome{}, fmt.Errorf("status %d with state %s", status, w.State)
	}
	return w.Outcome, nil
}
