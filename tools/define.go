package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"shopkeeper/shop"
)

// View is what people see of a call, beside the output that the model reads.
type View[In, Out any] struct {
	Schema func(*jsonschema.Schema)          // sets enums and bounds on the schema inferred from In
	Cards  func(Scope, In, Out) []shop.Card  // nil: none
	Line   func(Scope, In, Out) string       // nil: none
	Model  func(Scope, In, Out) (any, error) // what the model reads when that is not Out itself: a value, or its JSON
	Check  func(in In) error                 // what a schema cannot say; a *shop.Error
	Hidden []string                          // fields that are accepted but not offered: models never see them
}

// types are those that marshal to something else than their fields.
var types = &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
	reflect.TypeFor[shop.Value](): {Types: []string{"string", "number"}},
}}

// New makes a tool from a function. It panics when In or Out has no JSON Schema: that is a mistake in the program.
func New[In, Out any](s Spec, fn func(context.Context, Scope, In) (Out, error), v View[In, Out]) Tool {
	in, err := jsonschema.For[In](types)
	if err != nil {
		panic(fmt.Sprintf("tool %s: %v", s.Name, err))
	}
	if v.Schema != nil {
		v.Schema(in)
	}
	checked, err := in.Resolve(nil)
	if err != nil {
		panic(fmt.Sprintf("tool %s: %v", s.Name, err))
	}
	offered := in.CloneSchemas()
	for _, name := range v.Hidden {
		delete(offered.Properties, name)
		offered.PropertyOrder = slices.DeleteFunc(offered.PropertyOrder, func(p string) bool { return p == name })
	}
	s.Input = canonical(offered)
	if s.Output == nil {
		out, err := jsonschema.For[Out](types)
		if err != nil {
			panic(fmt.Sprintf("tool %s: %v", s.Name, err))
		}
		s.Output = canonical(out)
	}
	return &tool[In, Out]{spec: s, fn: fn, view: v, schema: checked}
}

type tool[In, Out any] struct {
	spec   Spec
	fn     func(context.Context, Scope, In) (Out, error)
	view   View[In, Out]
	schema *jsonschema.Resolved
}

func (t *tool[In, Out]) Spec() Spec { return t.spec }

func (t *tool[In, Out]) check(args json.RawMessage) error {
	_, err := t.read(args)
	return err
}

// maxArgs bounds a call's arguments: no honest call comes near it.
const maxArgs = 16 << 10

func (t *tool[In, Out]) read(args json.RawMessage) (in In, err error) {
	args = bytes.TrimSpace(args)
	if len(args) == 0 {
		args = json.RawMessage("{}")
	}
	if len(args) > maxArgs {
		return in, invalid("", "The arguments of %s are too long (%d bytes, at most %d).", t.spec.Name, len(args), maxArgs)
	}
	var decoded any
	if err := json.Unmarshal(args, &decoded); err != nil {
		return in, invalid("", "The arguments of %s are not valid JSON: %s. Send one JSON object.", t.spec.Name, err)
	}
	fields, ok := decoded.(map[string]any)
	if !ok {
		return in, invalid("", "The arguments of %s must be one JSON object.", t.spec.Name)
	}
	// Models write null for what they leave out.
	maps.DeleteFunc(fields, func(_ string, v any) bool { return v == nil })
	if err := t.schema.Validate(fields); err != nil {
		return in, schemaError(t.spec.Name, err)
	}
	if err := json.Unmarshal(args, &in); err != nil {
		return in, invalid("", "The arguments of %s have a wrong type: %s.", t.spec.Name, err)
	}
	if t.view.Check != nil {
		if err := t.view.Check(in); err != nil {
			return in, err
		}
	}
	return in, nil
}

func (t *tool[In, Out]) Call(ctx context.Context, sc Scope, args json.RawMessage) (Result, error) {
	in, err := t.read(args)
	if err != nil {
		return Result{}, err
	}
	out, err := t.fn(ctx, sc, in)
	if err != nil {
		return Result{}, err
	}
	var model any = out
	if t.view.Model != nil {
		if model, err = t.view.Model(sc, in, out); err != nil {
			return Result{}, err
		}
	}
	var r Result
	if said, ok := model.(json.RawMessage); ok {
		r.Output = said
	} else if r.Output, err = marshal(model); err != nil {
		return Result{}, fmt.Errorf("encode result of %s: %w", t.spec.Name, err)
	}
	if t.view.Cards != nil {
		r.Cards = t.view.Cards(sc, in, out)
	}
	if t.view.Line != nil {
		r.Line = clean(t.view.Line(sc, in, out), 160)
	}
	return r, nil
}

// marshal is JSON without HTML escapes: a model reads "&", not "\u0026".
func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// canonical is the same bytes on every start: keys in the order of the Go type, no white space.
func canonical(s *jsonschema.Schema) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	var out bytes.Buffer
	if err := json.Compact(&out, b); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// maxSentence bounds, in characters, what a refused call tells the model.
const maxSentence = 300

func invalid(field, format string, args ...any) *shop.Error {
	return &shop.Error{Kind: shop.Invalid, Field: field, Msg: clean(fmt.Sprintf(format, args...), maxSentence)}
}

var (
	schemaPath = regexp.MustCompile(`/properties/([A-Za-z_]+)`)
	schemaList = regexp.MustCompile(`\["?([^\]]*?)"?\]`)
	quoted     = regexp.MustCompile(`%!|\n`)
)

// schemaError turns the validator's chain of locations into one sentence that names the field and the mend.
func schemaError(tool string, err error) error {
	msg := err.Error()
	var path []string
	for _, m := range schemaPath.FindAllStringSubmatch(msg, -1) {
		path = append(path, m[1])
	}
	field := ""
	if len(path) > 0 {
		// Locations are nested, outermost first: the last one is the whole path of the innermost.
		last := msg[strings.LastIndex(msg, "validating /"):]
		var names []string
		for _, m := range schemaPath.FindAllStringSubmatch(strings.SplitN(last, ": ", 2)[0], -1) {
			names = append(names, m[1])
		}
		field = strings.Join(names, ".")
	}
	why := msg
	if i := strings.LastIndex(msg, "validating "); i >= 0 {
		if _, rest, ok := strings.Cut(msg[i:], ": "); ok {
			why = rest
		}
	}
	why = quoted.ReplaceAllString(why, " ")
	for _, w := range []string{"required: missing properties: ", "unexpected additional properties "} {
		if rest, ok := strings.CutPrefix(why, w); ok {
			if m := schemaList.FindStringSubmatch(rest); m != nil {
				name := strings.ReplaceAll(m[1], `"`, "")
				if w[0] == 'r' {
					return invalid(join(field, name), "%s needs %q; send it.", tool, clean(join(field, name), 80))
				}
				return invalid(join(field, name), "%s knows no argument %q; leave it out.", tool, clean(join(field, name), 80))
			}
		}
	}
	return invalid(field, "Argument %q of %s is not valid (%s); mend it and call again.", field, tool, plainWhy(why))
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

var (
	wrongType = regexp.MustCompile(`(?s)^.* has type "(\w+)", want (?:one of )?"(\w+(?:, \w+)*)"$`)
	echoed    = regexp.MustCompile(`(?s)^".*" (contains \d+ Unicode)`)
	wholeRat  = regexp.MustCompile(`^(-?\d+)/1 `)
	goNoise   = strings.NewReplacer("Unicode code points", "characters", ".000000", "", "array length", "the number of entries,", "array items", "entries")
)

// plainWhy says a validator's complaint without its Go words.
func plainWhy(why string) string {
	if i := strings.Index(why, ": "); i > 0 && !strings.Contains(why[:i], " ") {
		why = why[i+2:] // the keyword; the words after it say the same
	}
	if m := wrongType.FindStringSubmatch(strings.TrimSpace(why)); m != nil {
		return clean("it is of type "+m[1]+" and must be of type "+m[2], 160)
	}
	why = echoed.ReplaceAllString(why, "it $1")
	return clean(wholeRat.ReplaceAllString(goNoise.Replace(why), "$1 "), 160)
}

// public is an error that may be shown to the model; others become one sentence without their cause.
func public(tool string, err error) *shop.Error {
	var e *shop.Error
	switch {
	case errors.As(err, &e):
		return &shop.Error{Kind: e.Kind, Msg: clean(e.Msg, maxSentence), Err: err, Code: e.Code, Field: e.Field, Retry: e.Retry}
	case errors.Is(err, context.DeadlineExceeded):
		return &shop.Error{Kind: shop.Unavailable, Msg: tool + " took too long; say so, or try it once more.", Err: err, Code: "timeout"}
	case errors.Is(err, context.Canceled):
		return &shop.Error{Kind: shop.Unavailable, Msg: tool + " was cancelled.", Err: err, Code: "cancelled"}
	}
	return &shop.Error{Kind: shop.Internal, Msg: tool + " does not work at the moment; say so.", Err: err}
}
