package text

import (
	"fmt"
	"strconv"
	"strings"
)

// Number is one number read out of a text, with everything that belongs to it: sign of currency, unit, percent.
// Start and End are bytes of the text as given.
type Number struct {
	Value    float64
	Unit     string // canonical: gb, inch, kg, h, star …; a Chinese measure word as written (个); 折 for 8.5折; "" = none
	Currency string // USD, EUR, GBP, CNY, JPY …; $ is USD, 元 CNY
	Percent  bool   // Value is a percentage; of 8.5折 and 半价 what is taken off: 15, 50
	Date     string // 2024-05-06, or --05-06 without a year; Value is 0
	Clock    bool   // 14:30; Value is hours: 14.5
	Start    int
	End      int
}

// Numbers reads the numbers of an English or Chinese text, in order, not overlapping. Digits inside a word or a model
// number (TN-2110, A52) are no numbers; English words from two on are (one is a pronoun), Chinese numerals where a unit,
// currency or measure word follows or where they are of more than one character.
func Numbers(s string) []Number {
	if !mayHold(s) {
		return nil
	}
	f := foldRunes(s)
	var out []Number
	for i := 0; i < len(f.r); {
		n, from, to := f.number(i)
		if to <= i {
			i = f.past(i)
			continue
		}
		n.Start, n.End = int(f.start[from]), int(f.end[to-1])
		if k := len(out); k == 0 || out[k-1].End <= n.Start {
			out = append(out, n)
		}
		i = to
	}
	return out
}

// mayHold is a quick no for texts without a digit, a number word or a character beyond ASCII.
func mayHold(s string) bool {
	letters := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= '0' && c <= '9' || c >= 0x80 {
			return true
		}
		letters = letters || c != ' '
	}
	return letters
}

// past is the first rune behind the word, model number or character at i.
func (f *folded) past(i int) int {
	if !isWord(f.r[i]) || inCJK(f.r[i]) {
		return i + 1
	}
	for i < len(f.r) && isWord(f.r[i]) && !inCJK(f.r[i]) {
		i++
		if i+1 < len(f.r) && (f.r[i] == '-' || f.r[i] == '_') && isDigit(f.r[i+1]) && !isDigit(f.r[i-1]) {
			i++
		}
	}
	return i
}

// number reads a number that starts at rune i; to <= i: there is none.
func (f *folded) number(i int) (n Number, from, to int) {
	r := f.r[i]
	switch {
	case isDigit(r):
		return f.digits(i)
	case numeral[r] != 0 || r == '百' && f.is(i, "百分之"):
		return f.chinese(i)
	case r >= 'a' && r <= 'z' && (i == 0 || !isWord(f.r[i-1]) || inCJK(f.r[i-1])):
		return f.worded(i)
	}
	return Number{}, i, i
}

func (f *folded) digits(i int) (n Number, from, to int) {
	if n.Date, to = f.date(i); n.Date != "" {
		return n, i, to
	}
	if v, to, ok := f.clock(i); ok {
		return Number{Value: v, Clock: true}, i, to
	}
	v, to := f.decimal(i)
	n, from, to, ok := f.complete(v, i, to)
	if !ok {
		return Number{}, i, i
	}
	return n, from, to
}

// decimal reads digits with thousands separators and decimals.
func (f *folded) decimal(i int) (float64, int) {
	a := atom{from: i, to: i}
	point := false
	for a.to < len(f.r) {
		r := f.r[a.to]
		next := a.to+1 < len(f.r) && isDigit(f.r[a.to+1])
		if !isDigit(r) && !(r == '.' && next && !point) && !(r == ',' && next && !point && f.thousand(a.to)) {
			break
		}
		point = point || r == '.'
		a.to++
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(string(f.r[a.from:a.to]), ",", ""), 64)
	if err != nil {
		return 0, i
	}
	return v, a.to
}

// complete adds to a value what stands around it. ok is false when it turns out to be part of a word.
func (f *folded) complete(v float64, start, end int) (n Number, from, to int, ok bool) {
	n, from, to = Number{Value: v}, start, end
	n.Currency, from = f.signBefore(start)
	if from >= 3 && f.is(from-3, "百分之") {
		n.Percent, from = true, from-3
		return n, from, to, true
	}
	if to < len(f.r) {
		switch r := f.r[to]; {
		case r == '%':
			n.Percent = true
			return n, from, to + 1, true
		case r == '折':
			n.Percent, n.Unit, n.Value = true, "折", off(v)
			return n, from, to + 1, true
		case r == 'k' && n.Currency != "" && (to+1 == len(f.r) || !isWord(f.r[to+1])):
			n.Value *= 1000
			to++
		}
	}
	if unit, e := f.unitAfter(to); unit != "" {
		n.Unit = unit
		return n, from, e, true
	}
	for to < len(f.r) && times[f.r[to]] != 0 {
		n.Value *= times[f.r[to]]
		to++
	}
	if n.Currency == "" {
		if c, e := f.signAfter(to); c != "" {
			n.Currency = c
			return n, from, e, true
		}
	}
	if unit, e := f.unitAfter(to); unit != "" {
		n.Unit = unit
		return n, from, e, true
	}
	if e := f.word(to, "percent", "per cent", "pct"); e > 0 {
		n.Percent = true
		return n, from, e, true
	}
	if to < len(f.r) && isWord(f.r[to]) && !inCJK(f.r[to]) { // 305a, 4k, 2nd
		return n, from, to, false
	}
	if start > 1 && n.Currency == "" && strings.ContainsRune("-_./", f.r[start-1]) && isWord(f.r[start-2]) && !isDigit(f.r[start-2]) && !inCJK(f.r[start-2]) {
		return n, from, to, false // the tail of a model number
	}
	return n, from, to, true
}

// off is what 8.5折 or 85折 takes off, in percent.
func off(v float64) float64 {
	if v < 10 {
		v *= 10
	}
	return max(0, 100-v)
}

func (f *folded) is(i int, s string) bool {
	for _, r := range s {
		if i < 0 || i >= len(f.r) || f.r[i] != r {
			return false
		}
		i++
	}
	return true
}

// word finds one of the words at i, after at most one space or hyphen, as a whole word; the result is its end, or 0.
func (f *folded) word(i int, words ...string) int {
	if i < len(f.r) && (f.r[i] == ' ' || f.r[i] == '-' || f.r[i] == 0xa0) {
		i++
	}
	for _, w := range words {
		e := i + len([]rune(w))
		if f.is(i, w) && (e == len(f.r) || !isWord(f.r[e]) || inCJK(f.r[e]) || inCJK(f.r[e-1])) {
			return e
		}
	}
	return 0
}

var (
	codes    = []string{"usd", "eur", "gbp", "cny", "rmb", "jpy", "chf", "hkd", "aud", "cad", "krw", "inr", "sgd", "twd"}
	signs    = map[rune]string{'$': "USD", '€': "EUR", '£': "GBP", '¥': "CNY", '₩': "KRW", '₹': "INR"}
	behind   = []struct{ word, code string }{{"dollars", "USD"}, {"dollar", "USD"}, {"bucks", "USD"}, {"buck", "USD"}, {"euros", "EUR"}, {"euro", "EUR"}, {"quid", "GBP"}, {"yuan", "CNY"}, {"yen", "JPY"}, {"pounds sterling", "GBP"}}
	behindZh = []struct{ word, code string }{{"块钱", "CNY"}, {"元钱", "CNY"}, {"人民币", "CNY"}, {"美元", "USD"}, {"美金", "USD"}, {"欧元", "EUR"}, {"英镑", "GBP"}, {"日元", "JPY"}, {"港元", "HKD"}, {"港币", "HKD"}, {"元", "CNY"}, {"块", "CNY"}}
)

func code(c string) string {
	if c == "rmb" {
		return "CNY"
	}
	return strings.ToUpper(c)
}

// signBefore finds the sign or code of a currency before rune i.
func (f *folded) signBefore(i int) (string, int) {
	j := i
	if j > 0 && f.r[j-1] == ' ' {
		j--
	}
	if j == 0 {
		return "", i
	}
	if c := signs[f.r[j-1]]; c != "" {
		from := j - 1
		for prefix, of := range map[string]string{"us": "USD", "hk": "HKD", "a": "AUD", "c": "CAD", "s": "SGD", "nt": "TWD"} {
			if k := from - len(prefix); c == "USD" && f.is(k, prefix) && (k == 0 || !isWord(f.r[k-1])) {
				return of, k
			}
		}
		return c, from
	}
	for _, c := range codes {
		if k := j - 3; f.is(k, c) && (k == 0 || !isWord(f.r[k-1]) || inCJK(f.r[k-1])) {
			return code(c), k
		}
	}
	return "", i
}

// signAfter finds a currency behind a number that ends at i.
func (f *folded) signAfter(i int) (string, int) {
	j := i
	if j < len(f.r) && f.r[j] == ' ' {
		j++
	}
	if j < len(f.r) && signs[f.r[j]] != "" && (j+1 == len(f.r) || !isDigit(f.r[j+1])) {
		return signs[f.r[j]], j + 1
	}
	for _, w := range behindZh {
		if f.is(j, w.word) {
			return w.code, j + len([]rune(w.word))
		}
	}
	for _, w := range behind {
		if e := f.word(i, w.word); e > 0 {
			return w.code, e
		}
	}
	for _, c := range codes {
		if e := f.word(i, c); e > 0 {
			return code(c), e
		}
	}
	return "", i
}

// Units that count only behind numbers that are read, not in terms.
var counted = []struct{ word, unit string }{
	{"hours", "h"},
	{"hour", "h"},
	{"hrs", "h"},
	{"hr", "h"},
	{"minutes", "min"},
	{"minute", "min"},
	{"mins", "min"},
	{"min", "min"},
	{"seconds", "s"},
	{"second", "s"},
	{"days", "day"},
	{"day", "day"},
	{"weeks", "week"},
	{"week", "week"},
	{"months", "month"},
	{"month", "month"},
	{"years", "year"},
	{"year", "year"},
	{"stars", "star"},
	{"star", "star"},
	{"小时", "h"},
	{"个小时", "h"},
	{"分钟", "min"},
	{"秒", "s"},
	{"个月", "month"},
	{"天", "day"},
	{"周", "week"},
	{"星", "star"},
	{"颗星", "star"},
	{"年", "年"},
	{"岁", "岁"},
	{"分", "分"},
}

const measureWords = "个件台只双条款部本瓶盒包袋张套支把辆位人次种顶副对枚块根片组箱杯碗盘颗座架间幅"

// unitAfter finds the unit behind a number that ends at i.
func (f *folded) unitAfter(i int) (string, int) {
	u := i
	for u < len(f.r) && u < i+2 && (f.r[u] == ' ' || f.r[u] == '-' || f.r[u] == 0xa0) {
		u++
	}
	if name, end := f.unitAt(u); name != "" && (f.unitStands(i, u, end) || f.r[u] != 'i' && u == i+1) {
		return name, end
	}
	for _, c := range counted {
		if e := f.word(i, c.word); e > 0 {
			return c.unit, e
		}
	}
	if u < len(f.r) && strings.ContainsRune(measureWords, f.r[u]) && !(f.r[u] == '块') {
		return string(f.r[u]), u + 1
	}
	return "", i
}

var (
	numeral = map[rune]float64{'零': -1, '〇': -1, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9, '十': 10, '百': 100, '千': 1000, '万': 10000, '半': 0.5}
	times   = map[rune]float64{'百': 100, '千': 1e3, '万': 1e4, '亿': 1e8}
)

// chinese reads 一百二, 两千五, 八五折, 半价, 百分之二十.
func (f *folded) chinese(i int) (n Number, from, to int) {
	if f.is(i, "半价") {
		return Number{Value: 50, Percent: true}, i, i + 2
	}
	if f.is(i, "百分之") {
		if i+3 >= len(f.r) {
			return Number{}, i, i
		}
		if isDigit(f.r[i+3]) {
			v, e := f.decimal(i + 3)
			return Number{Value: v, Percent: true}, i, e
		}
		if v, e, _ := f.numerals(i + 3); e > i+3 {
			return Number{Value: v, Percent: true}, i, e
		}
		return Number{}, i, i
	}
	v, e, plain := f.numerals(i)
	if e <= i {
		return Number{}, i, i
	}
	if e < len(f.r) && f.r[e] == '折' {
		return Number{Value: off(v), Unit: "折", Percent: true}, i, e + 1
	}
	n, from, to, _ = f.complete(v, i, e)
	if n.Unit == "" && n.Currency == "" && !n.Percent && (e-i < 2 || plain) {
		return Number{}, i, i
	}
	return n, from, to
}

const longestNumeral = 24

// numerals reads a run of Chinese numerals: by place (一百二十, 一百二 = 120, 两万五), or digit by digit (八五; plain is true).
func (f *folded) numerals(i int) (v float64, end int, plain bool) {
	end = i
	for end < len(f.r) && end < i+longestNumeral && (numeral[f.r[end]] != 0 || f.r[end] == '亿' || f.r[end] == '点' && end > i && end+1 < len(f.r) && numeral[f.r[end+1]] > 0 && numeral[f.r[end+1]] < 10) {
		end++
	}
	run := f.r[i:end]
	if len(run) == 0 || run[0] == '万' || run[0] == '千' || run[0] == '百' || run[0] == '半' && len(run) > 1 {
		return 0, i, false
	}
	total, section, digit, last, decimals, places := 0.0, 0.0, 0.0, 0.0, 0.0, false
	plain = true
	for _, r := range run {
		d := numeral[r]
		switch {
		case r == '点':
			decimals = 0.1
		case decimals > 0 && d > 0 && d < 10:
			digit += d * decimals
			decimals /= 10
		case d == -1:
			if plain && len(run) > 1 && !places {
				digit *= 10
			}
			last = 0
		case r == '万' || r == '亿':
			by := times[r]
			total, section, digit, last, places, plain = total+(section+digit)*by, 0, 0, by, true, false
		case d >= 10:
			if digit == 0 {
				digit = 1
			}
			section, digit, last, places, plain = section+digit*d, 0, d, true, false
		case d == 0.5:
			digit += 0.5
		case !places && plain:
			digit = digit*10 + d
		default:
			digit = d
		}
	}
	if places && digit > 0 && digit < 10 && last >= 100 {
		digit *= last / 10 // 一百二 is 120
	}
	return total + section + digit, end, plain && len(run) > 0
}

var small = map[string]float64{
	"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13,
	"fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
	"sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}

// worded reads English number words (two hundred and fifty) and dates that begin with a month.
func (f *folded) worded(i int) (n Number, from, to int) {
	if n.Date, to = f.monthFirst(i); n.Date != "" {
		return n, i, to
	}
	if e := f.word(i, "half price", "half-price", "half off"); e > 0 {
		return Number{Value: 50, Percent: true}, i, e
	}
	total, section, seen := 0.0, 0.0, false
	at := i
	for at < len(f.r) {
		e := at
		for e < len(f.r) && f.r[e] >= 'a' && f.r[e] <= 'z' {
			e++
		}
		w := string(f.r[at:e])
		v, isSmall := small[w]
		switch {
		case isSmall:
			section += v
		case w == "one" && f.word(e, "hundred", "thousand") > 0, w == "a" && f.word(e, "hundred", "thousand") > 0:
			section++
		case w == "one" && seen:
			section++
		case w == "hundred" && section > 0:
			section *= 100
		case w == "thousand" && section > 0:
			total, section = total+section*1000, 0
		case w == "and" && seen && e < len(f.r) && f.startsSmall(e+1):
		default:
			e = -1
		}
		if e < 0 {
			break
		}
		if w != "and" {
			seen, to = true, e
		}
		at = e
		if at < len(f.r) && (f.r[at] == ' ' || f.r[at] == '-') {
			at++
		} else {
			break
		}
	}
	if !seen || to < len(f.r) && isWord(f.r[to]) && !inCJK(f.r[to]) {
		return Number{}, i, i
	}
	n, from, end, ok := f.complete(total+section, i, to)
	if !ok {
		return Number{}, i, i
	}
	return n, from, end
}

func (f *folded) startsSmall(i int) bool {
	e := i
	for e < len(f.r) && f.r[e] >= 'a' && f.r[e] <= 'z' {
		e++
	}
	_, ok := small[string(f.r[i:e])]
	return ok || string(f.r[i:e]) == "one"
}

func dated(y, m, d int) string {
	if m < 1 || m > 12 || d < 1 || d > 31 {
		return ""
	}
	if y == 0 {
		return fmt.Sprintf("--%02d-%02d", m, d)
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
}
