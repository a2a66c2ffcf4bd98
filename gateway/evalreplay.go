package main

import (
	"fmt"

	"shopkeeper/gateway/eval"
)

// EvalReplayCmd replays lists of actions in the format of tau-retail.
type EvalReplayCmd struct {
	State     string `help:"Folder with users.json, orders.json and products.json." required:"" type:"path" placeholder:"DIR"`
	Actions   string `help:"Tasks with their actions (jsonl)." required:"" type:"path" placeholder:"F"`
	Expected  string `help:"End states of the tasks (jsonl)." required:"" type:"path" placeholder:"F"`
	Negatives string `help:"Calls that must be refused (jsonl)." type:"path" placeholder:"F"`
	JSON      bool   `help:"Print JSON."`
}

func (c *EvalReplayCmd) Run(e *env) error {
	r, err := eval.Replay(e.ctx, eval.ReplayOptions{State: c.State, Actions: c.Actions, Expected: c.Expected, Negatives: c.Negatives})
	if err != nil {
		return err
	}
	if c.JSON {
		if err := printJSON(e.stdout, r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(e.stdout, "tasks matched %d of %d\nnegatives refused %d of %d\n", r.Matched, r.Tasks, r.Refused, r.Negatives)
		for _, f := range r.Failures {
			fmt.Fprintf(e.stdout, "%s: %s\n", f.ID, f.Why)
		}
	}
	if r.Matched < r.Tasks || r.Refused < r.Negatives {
		return fmt.Errorf("%d of %d tasks and %d of %d negatives did not come out as expected", r.Tasks-r.Matched, r.Tasks, r.Negatives-r.Refused, r.Negatives)
	}
	return nil
}
