package llm

import (
	"unicode"
	"unicode/utf8"
)

// EstimateTokens is a guess for text whose tokenizer we do not have: about four letters of Latin script a token,
// three tokens for two Chinese, Japanese or Korean characters, one for any other sign. It errs on the high side.
func EstimateTokens[S ~string | ~[]byte](s S) int64 {
	ascii := ASCII(s)
	quarter := int64(ascii) // of a token
	for _, r := range string(s[ascii:]) {
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

// ASCII is the length of the part of s before its first byte that is not ASCII: what a model reads is mostly that, and counted a
// few times a round.
func ASCII[S ~string | ~[]byte](s S) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if w := s[i : i+8]; w[0]|w[1]|w[2]|w[3]|w[4]|w[5]|w[6]|w[7] >= utf8.RuneSelf {
			break
		}
	}
	for i < len(s) && s[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// EstimateRequest is EstimateTokens of everything that req sends, with a few tokens a message for the chat template.
func EstimateRequest(req *Request) int64 {
	n := EstimateTokens(req.System) + EstimateTokens(req.Volatile)
	for _, t := range req.Tools {
		n += EstimateTokens(t.Name) + EstimateTokens(t.Description) + EstimateTokens(t.Input) + 8
	}
	for _, m := range req.Messages {
		n += EstimateTokens(m.Text) + 4
		for _, c := range m.Calls {
			n += EstimateTokens(c.Name) + EstimateTokens(c.Args) + 8
		}
	}
	return n
}
