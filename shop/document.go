package shop

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// DocumentKind is what a document is for.
type DocumentKind string

const (
	Policy DocumentKind = "policy" // what the shop promises
	FAQ    DocumentKind = "faq"    // questions and their answers
	Macro  DocumentKind = "macro"  // a text that agents send; shoppers never search it
)

// DocumentKinds are all of them.
var DocumentKinds = []DocumentKind{Policy, FAQ, Macro}

// DocumentState is how far one version has come. Whether a published one is in force is a matter of time, see Document.
type DocumentState string

const (
	Draft     DocumentState = "draft"
	Published DocumentState = "published"
	Withdrawn DocumentState = "withdrawn"
)

// Document is one version of what the shop knows. Versions are never changed, only published and withdrawn. In force is, of the
// published ones that have begun and have not ended, the one that began last.
type Document struct {
	Tenant  string        `json:"-"`
	Kind    DocumentKind  `json:"kind"`
	ID      string        `json:"id"` // unique among its kind; a translation is a document of its own
	Lang    string        `json:"lang"`
	Title   string        `json:"title"`
	Tags    []string      `json:"tags,omitempty"`
	Phrases []string      `json:"phrases,omitempty"` // what customers write who need it
	Version int64         `json:"version"`           // counts up from 1
	Label   string        `json:"label,omitempty"`   // the version as it is cited; "" = the number
	State   DocumentState `json:"state"`
	// Effective and Ends are when it is in force: of a draft as its author means it, of a published version as it is.
	// Zero: from its publishing on, and without an end.
	Effective time.Time `json:"effective,omitzero"`
	Ends      time.Time `json:"ends,omitzero"`
	Text      string    `json:"text"` // Markdown, its sections under headings; a macro's is plain with {customer}, {order}, {agent}
	Author    string    `json:"author,omitempty"`
	Changed   time.Time `json:"changed,omitzero"`
	Origin    string    `json:"origin,omitempty"` // where its first text is from: world, import, suggestion:ID; "" = a person
}

// Cited is the version as answers cite it.
func (d Document) Cited() string {
	if d.Label != "" {
		return d.Label
	}
	return strconv.FormatInt(d.Version, 10)
}

// SameText says whether two versions say the same.
func (d Document) SameText(o Document) bool {
	return d.Lang == o.Lang && d.Title == o.Title && slices.Equal(d.Tags, o.Tags) && slices.Equal(d.Phrases, o.Phrases) && d.Label == o.Label && d.Text == o.Text
}

// Entry is a document as a list shows it.
type Entry struct {
	Newest  Document
	InForce *Document // nil: no version is
}

// Candidate says whether a suggestion made it and no person has published or dismissed it.
func (e Entry) Candidate() bool {
	return e.InForce == nil && e.Newest.State == Draft && strings.HasPrefix(e.Newest.Origin, "suggestion:")
}

// EntryQuery chooses entries; empty fields choose all.
type EntryQuery struct {
	Kind  DocumentKind
	Lang  string
	State DocumentState // draft: the newest version is one; published: a version is in force or will be; withdrawn: neither
}

// DocumentID makes an id of a name: letters and digits stay, what stands between them becomes a hyphen.
func DocumentID(name string) string {
	id := strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '_'
	}), "-")
	if r := []rune(id); len(r) > 128 {
		id = string(r[:128])
	}
	return id
}

// InForce is the place of the version that is in force at a time among all versions of one document; -1: none is.
func InForce(versions []Document, at time.Time) int {
	best := -1
	for i, d := range versions {
		if d.State != Published || d.Effective.After(at) || !d.Ends.IsZero() && !d.Ends.After(at) {
			continue
		}
		if best < 0 || d.Effective.After(versions[best].Effective) || d.Effective.Equal(versions[best].Effective) && d.Version > versions[best].Version {
			best = i
		}
	}
	return best
}

// Publication says which version is published, and when it is in force: from Effective on, or from now when that has passed, until Ends;
// where they are zero, as the draft says.
type Publication struct {
	Version         int64
	Effective, Ends time.Time
}

// FillMacro puts facts in the gaps of a macro's text and names the gaps that none fills: they stay as they are.
func FillMacro(text string, facts map[string]string) (filled string, gaps []string) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			b.WriteString(text)
			return b.String(), gaps
		}
		b.WriteString(before)
		switch fact := facts[name]; {
		case fact != "":
			b.WriteString(fact)
		case slices.Contains(MacroGaps, name):
			if !slices.Contains(gaps, name) {
				gaps = append(gaps, name)
			}
			b.WriteString("{" + name + "}")
		default: // no gap of ours
			b.WriteString("{")
			after = rest
		}
		text = after
	}
}

// MacroGaps are what a macro's text may leave open.
var MacroGaps = []string{"customer", "order", "agent"}
