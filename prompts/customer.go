package prompts

import "strings"

const (
	customerOpens  = "<customer>\n"
	customerCloses = "\n</customer>"
)

// tags keep a customer from closing the tag that their words stand in.
var tags = strings.NewReplacer("<customer>", "‹customer›", "</customer>", "‹/customer›")

// Customer quotes what a customer wrote, for a model that drafts an answer: it is data there.
func Customer(text string) string { return customerOpens + tags.Replace(text) + customerCloses }

// OfCustomer is what Customer was given, for who reads it as the wish that it is.
func OfCustomer(text string) string {
	inner, ok := strings.CutPrefix(text, customerOpens)
	if inner, closed := strings.CutSuffix(inner, customerCloses); ok && closed {
		return inner
	}
	return text
}
