package text

// int reads up to most digits at i.
func (f *folded) int(i, most int) (v, end int) {
	for end = i; end < len(f.r) && end < i+most && isDigit(f.r[end]); end++ {
		v = v*10 + int(f.r[end]-'0')
	}
	if end < len(f.r) && isDigit(f.r[end]) {
		return 0, i
	}
	return v, end
}

// date reads a date that starts with a digit: 2024-05-06, 2024/5/6, 2024年5月6日, 5月6日, 5/6/2024 (month first), 6 May 2024.
func (f *folded) date(i int) (string, int) {
	a, e := f.int(i, 4)
	if e == i || e >= len(f.r) {
		return "", i
	}
	sep := f.r[e]
	switch {
	case e-i == 4 && (sep == '-' || sep == '/' || sep == '.'):
		m, e1 := f.int(e+1, 2)
		if e1 == e+1 || e1 >= len(f.r) || f.r[e1] != sep {
			return "", i
		}
		d, e2 := f.int(e1+1, 2)
		if e2 == e1+1 {
			return "", i
		}
		return dated(a, m, d), e2
	case e-i == 4 && sep == '年':
		m, e1 := f.int(e+1, 2)
		if e1 == e+1 || e1 >= len(f.r) || f.r[e1] != '月' {
			return "", i
		}
		d, e2 := f.int(e1+1, 2)
		if e2 == e1+1 {
			return "", i
		}
		return dated(a, m, d), f.dayEnd(e2)
	case e-i <= 2 && sep == '月':
		d, e1 := f.int(e+1, 2)
		if e1 == e+1 {
			return "", i
		}
		return dated(0, a, d), f.dayEnd(e1)
	case e-i <= 2 && sep == '/':
		d, e1 := f.int(e+1, 2)
		if e1 == e+1 || e1 >= len(f.r) || f.r[e1] != '/' {
			return "", i
		}
		y, e2 := f.int(e1+1, 4)
		if e2 != e1+5 {
			return "", i
		}
		if a > 12 {
			a, d = d, a
		}
		return dated(y, a, d), e2
	case e-i <= 2:
		e = f.ordinal(e)
		if w := f.word(e, "of"); w > 0 {
			e = w
		}
		if e >= len(f.r) || f.r[e] != ' ' {
			return "", i
		}
		m, e1 := f.month(e + 1)
		if m == 0 || f.r[e+1] == 'm' && f.is(e+1, "mar") && e1 != e+6 && a > 31 {
			return "", i
		}
		y, e2 := f.yearAfter(e1)
		return dated(y, m, a), e2
	}
	return "", i
}

func (f *folded) dayEnd(i int) int {
	if i < len(f.r) && (f.r[i] == '日' || f.r[i] == '号') {
		return i + 1
	}
	return i
}

// ordinal passes st, nd, rd, th.
func (f *folded) ordinal(i int) int {
	for _, o := range []string{"st", "nd", "rd", "th"} {
		if f.is(i, o) && (i+2 == len(f.r) || !isWord(f.r[i+2])) {
			return i + 2
		}
	}
	return i
}

var months = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

// month reads a month's name, whole or its first three letters (sept too).
func (f *folded) month(i int) (m, end int) {
	end = i
	for end < len(f.r) && f.r[end] >= 'a' && f.r[end] <= 'z' {
		end++
	}
	w := string(f.r[i:end])
	for n, name := range months {
		if w == name || len(w) >= 3 && (w == name[:3] || w == "sept" && n == 8) {
			if end < len(f.r) && f.r[end] == '.' {
				end++
			}
			return n + 1, end
		}
	}
	return 0, i
}

// yearAfter reads ", 2024" or " 2024"; 0 when there is none.
func (f *folded) yearAfter(i int) (y, end int) {
	j := i
	for j < len(f.r) && j < i+2 && (f.r[j] == ',' || f.r[j] == ' ') {
		j++
	}
	y, end = f.int(j, 4)
	if end-j != 4 || y < 1900 || y > 2200 {
		return 0, i
	}
	return y, end
}

// monthFirst reads May 6, 2024 and Dec 3rd.
func (f *folded) monthFirst(i int) (string, int) {
	m, e := f.month(i)
	if m == 0 || e >= len(f.r) || f.r[e] != ' ' {
		return "", i
	}
	d, e1 := f.int(e+1, 2)
	if e1 == e+1 {
		return "", i
	}
	e2 := f.ordinal(e1)
	if e2 < len(f.r) && isWord(f.r[e2]) {
		return "", i
	}
	y, e3 := f.yearAfter(e2)
	return dated(y, m, d), e3
}

// clock reads 14:30, 2:30 pm, 3pm, 14点30分, 14点.
func (f *folded) clock(i int) (hours float64, end int, ok bool) {
	h, e := f.int(i, 2)
	if e == i || h > 24 {
		return 0, i, false
	}
	m := 0
	switch {
	case e < len(f.r) && f.r[e] == ':':
		var e1 int
		if m, e1 = f.int(e+1, 2); e1 != e+3 || m > 59 {
			return 0, i, false
		}
		e = e1
	case e < len(f.r) && f.r[e] == '点':
		e++
		if v, e1 := f.int(e, 2); e1 > e && e1 < len(f.r) && f.r[e1] == '分' && v < 60 {
			m, e = v, e1+1
		} else if e < len(f.r) && f.r[e] == '半' {
			m, e = 30, e+1
		}
		if f.before(i, "下午", "晚上") && h < 12 {
			h += 12
		}
		return float64(h) + float64(m)/60, e, true
	default:
		if f.word(e, "am", "pm", "a.m.", "p.m.") == 0 || h > 12 {
			return 0, i, false
		}
	}
	if w := f.word(e, "pm", "p.m."); w > 0 {
		if e = w; h < 12 {
			h += 12
		}
	} else if w := f.word(e, "am", "a.m."); w > 0 {
		if e = w; h == 12 {
			h = 0
		}
	}
	return float64(h) + float64(m)/60, e, true
}

func (f *folded) before(i int, words ...string) bool {
	for _, w := range words {
		if f.is(i-len([]rune(w)), w) {
			return true
		}
	}
	return false
}
