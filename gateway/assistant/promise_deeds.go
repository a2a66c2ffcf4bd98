package assistant

import (
	"encoding/json"
	"strings"

	"shopkeeper/gateway/chat"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
)

// deeds are what is known to be done, to be planned, and to be ruled.
type deeds struct {
	did, planned map[deed]bool
	offers       bool // there are offers, or a product has one

	person bool // a person of the shop writes: what they will do is theirs to say, what tools do is not

	words map[string]bool // runs of the shop's own texts
	read  int             // bytes of them
}

func (d *deeds) done(all []deed) {
	if d.did == nil {
		d.did = map[deed]bool{}
	}
	for _, x := range all {
		d.did[x] = true
	}
}

func (d *deeds) plan(all []deed) {
	if d.planned == nil {
		d.planned = map[deed]bool{}
	}
	for _, x := range all {
		d.planned[x] = true
	}
}

// proposed takes how a change stands.
func (e *evidence) proposed(tool string, state shop.ProposalState) {
	switch state {
	case shop.ProposalDone:
		e.deeds.done(deedsOf[tool])
	case shop.ProposalOpen, shop.ProposalSecond, shop.ProposalConfirmed, shop.ProposalUnclear, "planned", "":
		e.deeds.plan(deedsOf[tool])
	}
}

// heard takes a message of the conversation.
func (e *evidence) heard(m chat.Message) {
	switch m.Role {
	case chat.User:
		e.user(m.Text)
	case chat.Bot, chat.Person:
		e.told(m.Text)
	}
	for _, c := range m.Cards {
		var p shop.ProposalCard
		if c.Kind == "proposal" && json.Unmarshal(c.Data, &p) == nil {
			e.proposed(p.Tool, p.State)
		}
	}
}

// told takes what the shop has said before: what people and receipts claimed is so.
func (e *evidence) told(said string) {
	p, _ := plain(said)
	for _, s := range sentencesOf(p) {
		low := lower(s)
		for _, c := range claims {
			if m := c.re.FindStringIndex(low); m != nil && c.tense != offered {
				e.deeds.done([]deed{deedIn(c, low)})
			}
		}
	}
}

// unkept is where a claim begins in a sentence that nothing proves.
func (e *evidence) unkept(p string) (start int, found bool) {
	low := lower(p)
	start = len(p)
	has := hintsIn(low)
	for _, c := range claims {
		if !c.hinted(low, has) {
			continue
		}
		for _, m := range c.re.FindAllStringSubmatchIndex(low, -1) {
			if c.harmless(low, m) || c.cutAt(m) >= start || distance(low[m[0]:m[1]]) >= reachOfClaim || c.first && !bare(low[:m[0]]) {
				continue
			}
			if denied(low[:m[0]], low[m[0]:m[1]]) || asked(low, m[0]) || c.passive && hearsay.MatchString(low) {
				continue
			}
			e.read()
			if !e.kept(c, low, low[m[0]:m[1]]) {
				start, found = c.cutAt(m), true
			}
		}
	}
	return start, found
}

// hinted says, quicker than the expression, whether a sentence may have the claim.
func (c claim) hinted(low string, has hints) bool {
	if c.zh != "" {
		return strings.ContainsAny(low, c.zh)
	}
	return c.hint&has != 0
}

// harmless says whether the deed of a claim is none of the shop's.
func (c claim) harmless(low string, m []int) bool {
	match := low[m[0]:m[1]]
	if factsZH.MatchString(match) {
		return true
	}
	i := c.re.SubexpIndex("deed")
	if i < 0 || m[2*i] < 0 {
		return false
	}
	deed := low[m[2*i]:m[2*i+1]]
	if c.safe != nil {
		return c.safe[deed]
	}
	return safeZH.MatchString(deed)
}

// cutAt is where a claim that was found is struck out from.
func (c claim) cutAt(m []int) int {
	if i := c.re.SubexpIndex("cut"); i >= 0 && m[2*i] >= 0 {
		return m[2*i]
	}
	return m[0]
}

// kept says whether what is known bears a claim out.
func (e *evidence) kept(c claim, low, match string) bool {
	d := deedIn(c, low[strings.Index(low, match):])
	k := &e.deeds
	if k.person && (c.tense != past || !byTools[d]) {
		return true
	}
	if c.tense == past && (d == contacts || d == handoffs) && k.did[handoffs] {
		return true
	}
	if d == anything && len(k.did) > 0 || k.did[d] {
		return true
	}
	if d != anything && d != guarantees && d != contacts && e.quotes(low) { // the shop's own words
		return true
	}
	switch c.tense {
	case offered:
		return e.offersSuch(match)
	case future:
		switch {
		case upToThem.MatchString(low) && d != contacts && d != guarantees && d != gifts:
			return true // "once you confirm it, I cancel it"
		case c.passive && k.planned[d]:
			return true
		case d == contacts && k.planned[handoffs]:
			return true
		}
	}
	return false
}

// offersSuch says whether the shop offers what a sentence does.
func (e *evidence) offersSuch(match string) (all bool) {
	said := e.texts.String()
	for _, g := range freebies {
		if !g.re.MatchString(match) {
			continue
		}
		switch {
		case g.byOffer && e.deeds.offers && theirs.MatchString(match), !g.byOffer && g.re.MatchString(said), e.deeds.planned[g.deed], e.deeds.did[g.deed]:
			all = true
		default:
			return false
		}
	}
	return all
}

// repeated is how many terms a sentence shares in a row with a text of the shop that it repeats.
const repeated = 4

// quotes says whether a sentence repeats a text of the shop: a policy, the conditions of an offer.
func (e *evidence) quotes(low string) bool {
	said := e.texts.String()
	if said == "" {
		return false
	}
	if e.deeds.words == nil || e.deeds.read != len(said) {
		e.deeds.words, e.deeds.read = runsOf(said, repeated), len(said)
	}
	for run := range runsOf(low, repeated) {
		if e.deeds.words[run] {
			return true
		}
	}
	return false
}

func runsOf(s string, n int) map[string]bool {
	var words []string
	for _, t := range text.Tokens(s) {
		words = append(words, t.Term)
	}
	out := map[string]bool{}
	for i := 0; i+n <= len(words); i++ {
		out[strings.Join(words[i:i+n], " ")] = true
	}
	return out
}
