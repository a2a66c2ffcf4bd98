package text

// units of measure by how they are written (folded) → canonical name. The single letters g, l, m, v, w count only when glued to
// their number or, where that is usual, after one space.
var units = map[string]string{
	"kb": "kb", "mb": "mb", "gb": "gb", "tb": "tb", "gigabyte": "gb", "gigabytes": "gb", "gig": "gb", "gigs": "gb", "terabyte": "tb", "terabytes": "tb", "megabyte": "mb", "megabytes": "mb",
	"hz": "hz", "khz": "khz", "mhz": "mhz", "ghz": "ghz", "赫兹": "hz",
	"w": "w", "watt": "w", "watts": "w", "kw": "kw", "瓦": "w", "千瓦": "kw",
	"v": "v", "volt": "v", "volts": "v", "伏": "v", "va": "va",
	"mah": "mah", "ah": "ah", "wh": "wh", "毫安": "mah", "毫安时": "mah",
	"mm": "mm", "cm": "cm", "m": "m", "km": "km", "毫米": "mm", "厘米": "cm", "公分": "cm", "公里": "km", "米": "m",
	"inch": "inch", "inches": "inch", "in": "inch", "\"": "inch", "''": "inch", "″": "inch", "”": "inch", "英寸": "inch", "寸": "inch",
	"ft": "ft", "foot": "ft", "feet": "ft", "英尺": "ft",
	"kg": "kg", "kgs": "kg", "kilogram": "kg", "kilograms": "kg", "kilo": "kg", "kilos": "kg", "公斤": "kg", "千克": "kg", "g": "g", "gram": "g", "grams": "g", "克": "g", "mg": "mg", "毫克": "mg", "斤": "jin",
	"lb": "lb", "lbs": "lb", "pound": "lb", "pounds": "lb", "磅": "lb", "oz": "oz", "ounce": "oz", "ounces": "oz", "盎司": "oz",
	"l": "l", "liter": "l", "liters": "l", "litre": "l", "litres": "l", "升": "l", "ml": "ml", "milliliter": "ml", "millilitre": "ml", "毫升": "ml", "cl": "cl",
	"mp": "mp", "megapixel": "mp", "megapixels": "mp", "万像素": "wpx",
	"dpi": "dpi", "rpm": "rpm", "ppm": "ppm", "fps": "fps", "db": "db", "lm": "lm", "lumen": "lm", "lumens": "lm", "流明": "lm",
	"gbps": "gbps", "mbps": "mbps", "gbit": "gbit", "mbit": "mbit",
	"pack": "pack", "packs": "pack",
}

const longestUnit = 10

// unitAt finds the unit that starts at rune i and ends at a word's end, the longest first.
func (f *folded) unitAt(i int) (name string, end int) {
	for n := min(longestUnit, len(f.r)-i); n > 0; n-- {
		last := f.r[i+n-1]
		if last < 0x80 && isWord(last) && i+n < len(f.r) && isWord(f.r[i+n]) && !inCJK(f.r[i+n]) {
			continue
		}
		if name, ok := units[string(f.r[i:i+n])]; ok {
			return name, i + n
		}
	}
	return "", 0
}

// Unit is the canonical name of a unit as it is written: "GB", "Gigabytes" → gb, 公斤 → kg. Unknown ones are folded only.
func Unit(s string) string {
	s = Fold(s)
	if u, ok := units[s]; ok {
		return u
	}
	switch s {
	case "hour", "hours", "hr", "hrs", "小时":
		return "h"
	case "minute", "minutes", "分钟":
		return "min"
	case "days", "天":
		return "day"
	}
	return s
}
