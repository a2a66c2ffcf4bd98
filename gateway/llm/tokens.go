package llm

import "unicode"

// EstimateTokens is a guess for text whose tokenizer we do not have: about four letters of Latin script a token,
// three tokens for two Chinese, Japanese or Korean characters, one for any other sign. It errs on the high side.
func EstimateTokens(s string) int64 {
	var quarter int64 // of a token
	for _, r := range s {
		switch {
		case r < 0x80:
			quarter++
		case unicode.Is(unicode.Han, r), unicode.Is(unicode.Hiragana, r), unicode.Is(unicode.Katakana, r), unicode.Is(unicode.Hangul, r):
			quarter += 6
		case unicode.IsLetter(r):
			quarter += 2
		default:
			quarter += 4
		}
	}
	return (quarter + 3) / 4
}

// EstimateRequest is EstimateTokens of everything that req sends, with a few tokens a message for the chat template.
func EstimateRequest(req *Request) int64 {
	n := EstimateTokens(req.System) + EstimateTokens(req.Volatile)
	for _, t := range req.Tools {
		n += EstimateTokens(t.Name) + EstimateTokens(t.Description) + EstimateTokens(string(t.Input)) + 8
	}
	for _, m := range req.Messages {
		n += EstimateTokens(m.Text) + 4
		for _, c := range m.Calls {
			n += EstimateTokens(c.Name) + EstimateTokens(string(c.Args)) + 8
		}
	}
	return n
}
