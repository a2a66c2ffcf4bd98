package rules

import (
	"strings"
	"unicode"

	"shopkeeper/retrieval/text"
)

// classify finds the kind; the order of the questions is from what cannot be mistaken to what can.
func classify(a *act) kind {
	l := a.low
	content := a.content()
	switch {
	case injectionRE.MatchString(l):
		return injection
	case othersRE.MatchString(l):
		return scope
	case identityRE.MatchString(l):
		return identity
	case humanRE.MatchString(l):
		return human
	case abuseRE.MatchString(l):
		return abuse
	case looseRE.MatchString(strings.Trim(l, " .!?,。，！？")):
		return vague
	case a.small() != search:
		return a.small()
	case helpRE.MatchString(l):
		return help
	case strongPolicyRE.MatchString(l):
		return policy
	case complaintRE.MatchString(l) && (!a.wants || plaintRE.MatchString(l)):
		return complaint
	case orderChangeRE.MatchString(l), actionRE.MatchString(l) && !canRE.MatchString(l):
		return orderChange
	case a.order != "" || ordersRE.MatchString(l):
		return orders
	case restartRE.MatchString(l):
		return restart
	case a.code != "" || strongCouponRE.MatchString(l):
		return coupons
	case scopeRE.MatchString(l) && !a.wants:
		return scope
	}
	switch {
	case len(a.refs.super) == 1 && a.refs.super[0] == "price" && whichRE.MatchString(l) && len(a.contentWithout(cheapRE)) == 0:
		return priceOf
	case cheaperZh.MatchString(l):
		return cheaper
	case haggleRE.MatchString(l):
		return haggle
	case warrantyRE.MatchString(l) && (a.refs.it || a.refs.some()):
		return fact
	case policyRE.MatchString(l) && (!a.wants || len(a.contentWithout(policyWords)) == 0):
		return policy
	case giftRE.MatchString(l):
		return gift
	case len(a.drop) > 0:
		return dropped
	case detailRE.MatchString(l):
		return details
	case superFact(l) != nil && !a.wants:
		return fact
	case len(a.refs.super) == 1 && a.refs.super[0] == "-rating" && whichRE.MatchString(l):
		return reviews
	case compareRE.MatchString(l) && !fairlyRE.MatchString(l):
		return compare
	case reviewRE.MatchString(l) && !reviewedRE.MatchString(l) && !goodForRE.MatchString(l) && !hasDigit(l):
		return reviews
	case onlyStockRE.MatchString(l):
		return search
	case stockRE.MatchString(l) && (a.refs.any() || thatStockRE.MatchString(l) || len(a.contentWithout(stockWords)) == 0):
		return stock
	case a.than.sign != 0 && !limitRE.MatchString(l):
		return comparative
	case betterRE.MatchString(strings.Trim(l, " .!?,。，！？")):
		a.sort = "-rating"
		return sorted
	case cheaperRE.MatchString(l) && !limitRE.MatchString(l):
		return cheaper
	case dearerRE.MatchString(l) && !limitRE.MatchString(l):
		return dearer
	case moreRE.MatchString(l) && len(a.contentWithout(moreRE)) == 0:
		return more
	case priceRE.MatchString(l) && !howMuchOf.MatchString(l):
		return priceOf
	case len(a.refs.super) > 0 && strings.ContainsAny(l, "w哪") && whichRE.MatchString(l) && len(a.contentWithout(refRE)) == 0:
		return priceOf
	case a.sort != "" && len(a.contentWithout(sortRE)) == 0:
		return sorted
	case couponRE.MatchString(l) && len(a.contentWithout(couponWords)) == 0:
		return coupons
	}
	if choiceRE.MatchString(l) && len(a.contentWithout(choiceRE)) == 0 {
		return fact
	}
	question := questionRE.MatchString(l)
	switch {
	case a.refs.some() && (len(a.contentWithout(refRE)) == 0 || andNumRE.MatchString(strings.Trim(l, " .!?,。，！？"))):
		if len(a.refs.list) > 1 {
			return compare
		}
		return details
	case question && !a.wants && (a.refs.any() || factRE.MatchString(l)):
		return fact
	case len(content) == 0 && !hasDigit(l):
		if a.wants || vagueRE.MatchString(l) {
			return vague
		}
		return a.leftover()
	case question && !a.wants && generalRE.MatchString(l):
		return ask
	}
	return search
}

// leftover is a part in which only words of politeness or nothing known was left.
func (a *act) leftover() kind {
	if a.refs.it {
		return details
	}
	if strings.TrimSpace(a.text) == "" {
		return greet
	}
	return search
}

// content is the words of a part that are neither grammar nor command.
func (a *act) content() []string { return content(a.text) }

func (a *act) contentWithout(re *pattern) []string {
	s, _ := strip(re.ReplaceAllString(counted.Replace(a.low), " "))
	return content(s)
}

func content(s string) []string {
	var out []string
	for w := range strings.FieldsFuncSeq(text.Fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' }) {
		if strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			w = zhStop.ReplaceAllString(w, "")
		}
		if w != "" && !stop[w] {
			out = append(out, w)
		}
	}
	return out
}

// small tells small talk that fills the whole part; search = it is none.
func (a *act) small() kind {
	for _, l := range []string{a.low, strings.ToLower(a.text)} { // as it stands, and behind "well", "actually"
		l = strings.Trim(l, " .!?~…,，。！？～'\"")
		for _, s := range smallTalk {
			if l != "" && s.re.MatchString(l) {
				return s.kind
			}
		}
	}
	return search
}

func hasDigit(s string) bool { return strings.ContainsFunc(s, unicode.IsDigit) }
