package text

// Number is one number read out of a text, with everything that belongs to it: sign of currency, unit, percent.
// Start and End are bytes of the text as given.
type Number struct {
	Value    float64
	Unit     string // canonical: gb, inch, kg …; a Chinese measure word as written (个); 折 for 8.5折; "" = none
	Currency string // USD, EUR, GBP, CNY, JPY …; $ is USD, 元 CNY
	Percent  bool   // Value is a percentage; of 8.5折 and 半价 what is taken off: 15, 50
	Date     string // 2024-05-06, or --05-06 without a year; Value is 0
	Clock    bool   // 14:30; Value is hours: 14.5
	Start    int
	End      int
}

// Numbers reads the numbers of an English or Chinese text, in order, not overlapping.
func Numbers(s string) []Number { return nil }
