package retrieval

import (
	"strings"
	"unicode/utf8"

	"shopkeeper/retrieval/text"
)

// Names of measures that shops write in several ways → the one name. Others keep their own.
var measureNames = map[string]string{
	"memory": "memory", "ram": "memory", "internal memory": "memory", "system memory": "memory", "内存": "memory", "运行内存": "memory", "内存容量": "memory",
	"storage": "storage", "storage capacity": "storage", "total storage capacity": "storage", "internal storage capacity": "storage", "ssd": "storage", "ssd capacity": "storage",
	"hdd capacity": "storage", "hard drive": "storage", "hard drive capacity": "storage", "disk": "storage", "存储": "storage", "存储容量": "storage", "硬盘": "storage", "硬盘容量": "storage", "机身内存": "storage", "机身存储": "storage", "容量": "capacity",
	"screen": "screen", "screen size": "screen", "display": "screen", "display size": "screen", "display diagonal": "screen", "屏幕": "screen", "屏幕尺寸": "screen", "尺寸": "size",
	"weight": "weight", "net weight": "weight", "item weight": "weight", "重量": "weight", "净重": "weight",
	"power": "power", "wattage": "power", "功率": "power", "额定功率": "power",
	"capacity": "capacity", "volume": "capacity",
	"battery": "battery", "battery capacity": "battery", "电池": "battery", "电池容量": "battery", "battery life": "battery life", "续航": "battery life", "续航时间": "battery life",
	"length": "length", "长度": "length", "width": "width", "宽度": "width", "height": "height", "高度": "height", "depth": "depth", "深度": "depth",
}

// Units in which each name is kept, when the unit is not said or fits.
var defaultUnits = map[string]string{
	"memory": "gb", "storage": "gb", "screen": "inch", "weight": "kg", "power": "w", "battery": "mah", "battery life": "h",
}

// base is the unit that a family of units is kept in.
var base = map[string]struct {
	unit   string
	factor float64
}{
	"kb": {"gb", 1.0 / (1 << 20)}, "mb": {"gb", 1.0 / 1024}, "gb": {"gb", 1}, "tb": {"gb", 1024},
	"mm": {"cm", 0.1}, "cm": {"cm", 1}, "m": {"cm", 100}, "km": {"cm", 100000}, "inch": {"cm", 2.54}, "ft": {"cm", 30.48},
	"mg": {"kg", 1e-6}, "g": {"kg", 1e-3}, "kg": {"kg", 1}, "lb": {"kg", 0.45359237}, "oz": {"kg", 0.028349523125}, "jin": {"kg", 0.5},
	"ml": {"l", 1e-3}, "cl": {"l", 1e-2}, "l": {"l", 1},
	"w": {"w", 1}, "kw": {"w", 1000}, "v": {"v", 1}, "mah": {"mah", 1}, "ah": {"mah", 1000},
	"hz": {"hz", 1}, "khz": {"hz", 1e3}, "mhz": {"hz", 1e6}, "ghz": {"hz", 1e9},
	"h": {"h", 1}, "min": {"h", 1.0 / 60}, "day": {"h", 24},
}

// NumberField is the name under which Doc.Numbers keeps a measure, and what a value in the given unit is multiplied by:
// ("Internal memory", "MB") → memory_gb, 1/1024; ("weight", "g") → weight_kg, 0.001; ("ports", "") → ports, 1. Sizes of
// screens are kept in inches, other lengths in centimetres. Names keep one spelling over languages (内存 is memory).
func NumberField(name, unit string) (field string, factor float64) {
	name = text.Fold(name)
	unit = text.Unit(unit)
	if n, ok := measureNames[name]; ok {
		name = n
	}
	b, ok := base[unit]
	switch {
	case name == "screen" && (unit == "" || ok && b.unit == "cm"):
		if unit == "" || unit == "inch" {
			return "screen_inch", 1
		}
		return "screen_inch", b.factor / 2.54
	case name == "capacity" && ok && b.unit == "gb":
		name = "storage"
	case name == "capacity" && ok && b.unit == "mah":
		name = "battery"
	}
	name = strings.ReplaceAll(name, " ", "_")
	if ok {
		return name + "_" + b.unit, b.factor
	}
	if unit == "" {
		if u := defaultUnits[strings.ReplaceAll(name, "_", " ")]; u != "" {
			return name + "_" + u, 1
		}
		return name, 1
	}
	return name + "_" + unit, 1
}

// measured reads a number with a unit out of an attribute's text: "16 GB", "1.2 kg".
func measured(name, s string) (field string, v float64, ok bool) {
	if s == "" || s[0] < utf8.RuneSelf && (s[0] < '0' || s[0] > '9') || len(s) > 24 {
		return "", 0, false
	}
	ns := text.Numbers(s)
	if len(ns) != 1 || ns[0].Unit == "" || ns[0].Percent || ns[0].Start != 0 || ns[0].End != len(s) {
		return "", 0, false
	}
	if _, known := base[ns[0].Unit]; !known {
		return "", 0, false
	}
	field, factor := NumberField(name, ns[0].Unit)
	return field, ns[0].Value * factor, true
}

// measures reads memory, storage and screen size out of a title.
func (d *Doc) measures(title string) {
	low := strings.ToLower(title)
	if !strings.Contains(low, "gb") && !strings.Contains(low, "tb") && !strings.Contains(low, "mb") && !strings.ContainsAny(low, "\"″”寸") && !strings.Contains(low, "in") {
		return
	}
	for _, n := range text.Numbers(title) {
		var name string
		switch n.Unit {
		case "gb", "tb", "mb":
			before, after := window(low, n.Start, n.End)
			name = memoryKind(before, after)
		case "inch":
			name = "screen"
		}
		if name == "" {
			continue
		}
		field, factor := NumberField(name, n.Unit)
		if _, ok := d.Numbers[field]; !ok {
			d.Numbers[field] = n.Value * factor
		}
	}
}

// window is the words right before and after a span.
func window(low string, start, end int) (before, after string) {
	start, end = min(start, len(low)), min(end, len(low)) // lower case may be shorter in bytes
	return low[max(0, start-14):start], low[end:min(len(low), end+14)]
}

// memoryKind says what a number of gigabytes is by the words beside it; "" = not said.
func memoryKind(before, after string) string {
	has := func(s string, words ...string) int {
		at := -1
		for _, w := range words {
			if i := strings.Index(s, w); i >= 0 && (at < 0 || i < at) {
				at = i
			}
		}
		return at
	}
	ram := []string{"ram", "ddr", "memory", "sdram", "运行内存", "内存"}
	disk := []string{"ssd", "hdd", "emmc", "storage", "hard", "disk", "flash", "rom", "硬盘", "固态", "存储"}
	r, s := has(after, ram...), has(after, disk...)
	switch {
	case r >= 0 && (s < 0 || r < s):
		return "memory"
	case s >= 0:
		return "storage"
	}
	r, s = has(before, ram...), has(before, disk...)
	switch {
	case s >= 0 && r < s:
		return "storage"
	case r >= 0:
		return "memory"
	}
	return ""
}
