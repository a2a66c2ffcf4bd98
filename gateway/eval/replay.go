package eval

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"shopkeeper/shop"
	"shopkeeper/tools"
)

// ReplayOptions name the files of tau-retail's format (testdata/tau-retail/README.md). Negatives may be "".
type ReplayOptions struct {
	State, Actions, Expected, Negatives string
	Every                               int                                                                      // only each nth task and negative; 0 = all of them
	Submit                              func(ctx context.Context, w *Retail, sc tools.Scope, c RetailCall) error // nil: Retail.Do
}

// ReplayReport counts what came out as it should.
type ReplayReport struct {
	Tasks     int             `json:"tasks"`
	Matched   int             `json:"matched"`
	Negatives int             `json:"negatives"`
	Refused   int             `json:"refused"`
	Failures  []ReplayFailure `json:"failures"`
}

// ReplayFailure says which task or negative did not, and why.
type ReplayFailure struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

// RetailCall is one action of the benchmark, under its own names.
type RetailCall struct {
	Name string          `json:"name"`
	Args json.RawMessage `json:"args"`
}

type retailTask struct {
	ID          json.Number  `json:"task_id"`
	Principal   string       `json:"principal"`
	SameVariant bool         `json:"same_variant"`
	Actions     []RetailCall `json:"actions"`
}

type retailEnd struct {
	ID      json.Number `json:"task_id"`
	Digest  string      `json:"state_digest"`
	Results []struct {
		OK     bool            `json:"ok"`
		Result json.RawMessage `json:"result"`
	} `json:"action_results"`
	Changes []retailChange `json:"changes"`
}

// retailChange is a difference to the initial state: a JSON pointer and what stands there afterwards.
type retailChange struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	After any    `json:"after"`
}

type retailNegative struct {
	ID        string       `json:"id"`
	User      string       `json:"auth_user"`
	Confirmed bool         `json:"confirmed"`
	Setup     []RetailCall `json:"setup"`
	Call      RetailCall   `json:"call"`
	Expect    string       `json:"expect"`
}

// Replay runs every task and negative on a shop of its own, through the tools, proposals and confirmations of the chat.
func Replay(ctx context.Context, o ReplayOptions) (r ReplayReport, err error) {
	world, err := readRetail(o.State)
	if err != nil {
		return r, err
	}
	tasks, err := jsonLines[retailTask](o.Actions)
	if err != nil {
		return r, err
	}
	ends, err := jsonLines[retailEnd](o.Expected)
	if err != nil {
		return r, err
	}
	byID := map[string]retailEnd{}
	for _, e := range ends {
		byID[e.ID.String()] = e
	}
	r.Failures = []ReplayFailure{}
	w, err := OpenRetail(ctx, world)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	every := max(1, o.Every)
	for i, t := range tasks {
		if i%every != 0 {
			continue
		}
		r.Tasks++
		why, err := t.replay(ctx, w, byID, o)
		if err != nil {
			return r, fmt.Errorf("replay task %s: %w", t.ID, err)
		}
		if why == "" {
			r.Matched++
		} else {
			r.Failures = append(r.Failures, ReplayFailure{"task " + t.ID.String(), why})
		}
	}
	if o.Negatives == "" {
		return r, nil
	}
	negatives, err := jsonLines[retailNegative](o.Negatives)
	if err != nil {
		return r, err
	}
	for i, n := range negatives {
		if i%every != 0 {
			continue
		}
		r.Negatives++
		why, err := n.replay(ctx, w)
		if err != nil {
			return r, fmt.Errorf("replay negative %s: %w", n.ID, err)
		}
		if why == "" {
			r.Refused++
		} else {
			r.Failures = append(r.Failures, ReplayFailure{n.ID, why})
		}
	}
	return r, nil
}

func (t retailTask) replay(ctx context.Context, w *Retail, ends map[string]retailEnd, o ReplayOptions) (why string, err error) {
	end, ok := ends[t.ID.String()]
	if !ok {
		return "the file of expected states does not have it", nil
	}
	if err := w.Reset(ctx); err != nil {
		return "", err
	}
	do := o.Submit
	if do == nil {
		do = func(ctx context.Context, w *Retail, sc tools.Scope, c RetailCall) error { return w.Do(ctx, sc, c) }
	}
	skipped := map[string]bool{} // orders whose exchange for the same thing was refused
	for i, c := range t.Actions {
		if i >= len(end.Results) {
			return "", fmt.Errorf("the expected results end before action %d", i)
		}
		if c.Name == "transfer_to_human_agents" {
			break // it ends a conversation
		}
		failed := do(ctx, w, w.scope(t.Principal, "task-"+t.ID.String()), c)
		var e *shop.Error
		if failed != nil && !errors.As(failed, &e) {
			return "", failed
		}
		if t.SameVariant && e != nil && e.Code == "same_variant" {
			var a struct {
				Order string `json:"order_id"`
			}
			if err := json.Unmarshal(c.Args, &a); err != nil {
				return "", err
			}
			skipped[a.Order] = true
			continue
		}
		if (failed == nil) != end.Results[i].OK {
			return fmt.Sprintf("action %d (%s): ok is %v, expected %v (%v)", i, c.Name, failed == nil, end.Results[i].OK, failed), nil
		}
	}
	for i, c := range t.Actions {
		var said string
		if i < len(end.Results) && json.Unmarshal(end.Results[i].Result, &said) == nil && said != "" {
			if ok, err := w.answers(c, said); err != nil || !ok {
				return fmt.Sprintf("action %d (%s) does not give %s", i, c.Name, said), err
			}
		}
	}
	want := end.Digest
	if len(skipped) > 0 {
		if want, err = w.world.after(end.Changes, skipped); err != nil {
			return "", err
		}
	}
	got, err := w.Digest(ctx)
	if err != nil || got == want {
		return "", err
	}
	return "the end state differs from the expected one", nil
}

// replay says why a call that must be refused was not; "" when all is well.
func (n retailNegative) replay(ctx context.Context, w *Retail) (why string, err error) {
	if err := w.Reset(ctx); err != nil {
		return "", err
	}
	sc := w.scope(n.User, n.ID)
	for _, c := range n.Setup {
		if err := w.Do(ctx, sc, c); err != nil {
			return fmt.Sprintf("setup %s was refused: %v", c.Name, err), nil
		}
	}
	before := w.initial
	if len(n.Setup) > 0 {
		if before, err = w.Digest(ctx); err != nil {
			return "", err
		}
	}
	did := w.Do
	if !n.Confirmed {
		did = w.Propose
	}
	failed := did(ctx, sc, n.Call)
	var e *shop.Error
	if failed != nil && !errors.As(failed, &e) {
		return "", failed
	}
	after, err := w.Digest(ctx)
	if err != nil {
		return "", err
	}
	switch {
	case n.Expect == "accept_net_zero" && failed != nil:
		return fmt.Sprintf("it was refused: %v", failed), nil
	case n.Expect == "accept_net_zero":
		return w.netZero(ctx, sc, n.Call)
	case before != after:
		return "the state changed", nil
	case failed == nil && n.Confirmed:
		return "it was accepted", nil
	}
	return "", nil
}

// canonical is tau-retail's form of a value: JSON with sorted keys, no white space, and every number in cents.
func canonical(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	var plain any
	if err := json.Unmarshal(raw, &plain); err != nil {
		return "", err
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(inCents(plain)); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// digest is tau-retail's: sha256 of the canonical form.
func digest(state any) (string, error) {
	s, err := canonical(state)
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:]), err
}
