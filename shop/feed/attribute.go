package feed

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"shopkeeper/shop"
)

// units by the spellings that mean them; a spelling with a capital is matched as it stands, the others in any case.
var units = func() map[string]string {
	m := map[string]string{"°C": "°C", "°F": "°F", "W": "W", "V": "V", "A": "A", "g": "g", "m": "m", "h": "h", "L": "L", "l": "L", "s": "s", `"`: "in", "″": "in", "%": "%"}
	for unit, names := range map[string]string{
		"KB": "kb", "MB": "mb", "GB": "gb", "TB": "tb", "MP": "mp megapixel megapixels", "px": "px pixels",
		"in": "in inch inches 英寸 寸", "ft": "ft feet", "mm": "mm 毫米", "cm": "cm 厘米", "m": "meter meters metre metres 米", "km": "km",
		"mg": "mg", "g": "gram grams gr 克", "kg": "kg 千克 公斤", "lb": "lb lbs", "oz": "oz", "fl oz": "fl.oz",
		"ml": "ml 毫升", "L": "liter liters litre litres ltr 升", "cl": "cl",
		"W": "watt watts 瓦", "kW": "kw", "Wh": "wh", "kWh": "kwh", "V": "volt volts 伏", "mAh": "mah 毫安时 毫安", "mA": "ma", "Ah": "ah", "bar": "bar",
		"Hz": "hz 赫兹", "kHz": "khz", "MHz": "mhz", "GHz": "ghz", "h": "hr hrs hour hours 小时", "min": "min mins minute minutes 分钟",
		"s": "sec second seconds 秒", "ms": "ms 毫秒", "days": "day days 天", "months": "month months 个月", "years": "year years 年",
		"dB": "db", "dBi": "dbi", "lm": "lm lumen lumens 流明", "rpm": "rpm", "fps": "fps", "ppm": "ppm", "dpi": "dpi", "nits": "nit nits 尼特",
		"Mbps": "mbps mbit/s", "Gbps": "gbps gbit/s", "BTU": "btu", "Pa": "pa 帕", "kPa": "kpa", "pcs": "pcs pieces pc(s) 片装",
	} {
		for _, n := range strings.Fields(names) {
			m[strings.ReplaceAll(n, ".", " ")] = unit
		}
	}
	return m
}()

// typed reads "16 GB", "1.7L", `13.3"` as a number and a unit. "5G", "4K" and "3 x 2" are words.
func typed(s string) (shop.Value, string, bool) {
	n := 0
	for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '.' && n > 0 || s[n] == '-' && n == 0) {
		n++
	}
	if n == 0 || n == len(s) || n > 15 {
		return shop.Value{}, "", false
	}
	name := strings.TrimLeft(s[n:], " \u00a0-")
	unit, ok := units[name]
	if !ok && len(name) > 1 {
		unit, ok = units[strings.ToLower(name)]
	}
	if !ok && name == "K" && s[n] == ' ' { // 2700 K is a colour of light, 4K a resolution
		unit, ok = "K", true
	}
	if !ok {
		return shop.Value{}, "", false
	}
	f, err := strconv.ParseFloat(s[:n], 64)
	return shop.Num(f), unit, err == nil
}

// attribute makes a typed attribute of a text.
func attribute(name, s string) shop.Attribute {
	a := shop.Attribute{Name: name}
	if v, unit, ok := typed(s); ok {
		a.Value, a.Unit = v, unit
	} else {
		a.Value = shop.Text(s)
	}
	return a
}

// loose is attribute for formats whose every value is a text: a plain number becomes one, "007" does not.
func loose(name, s string) shop.Attribute {
	if f, err := strconv.ParseFloat(s, 64); err == nil && len(s) < 16 && shop.Num(f).String() == s {
		return shop.Attribute{Name: name, Value: shop.Num(f)}
	}
	return attribute(name, s)
}

func attributeName(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(clean(s)), " "))
}

// sortAttributes orders by name; several values of one name keep the feed's order.
func sortAttributes(as []shop.Attribute) {
	slices.SortStableFunc(as, func(a, b shop.Attribute) int { return strings.Compare(a.Name, b.Name) })
}

// clean takes out what a shop never shows: control characters and the marks that turn the direction of other people's text.
func clean(s string) string {
	if strings.IndexFunc(s, hidden) < 0 {
		return strings.TrimSpace(s)
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case !hidden(r):
			return r
		case unicode.IsControl(r):
			return ' '
		}
		return -1
	}, s))
}

// shown is a piece of a feed's own text in a message: of one line, and text whatever it was.
func shown(s string) string { return cleanLine(strings.ToValidUTF8(s, "?")) }

// cleanLine is clean for texts of one line.
func cleanLine(s string) string {
	s = clean(s)
	if strings.ContainsAny(s, "\n\t") {
		s = strings.Join(strings.Fields(s), " ")
	}
	return s
}

func hidden(r rune) bool {
	return r < 0x20 && r != '\n' && r != '\t' || r >= 0x7f && r <= 0x9f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff
}
