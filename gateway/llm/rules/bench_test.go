package rules

import "testing"

func BenchmarkHear(b *testing.B) {
	for b.Loop() {
		for _, m := range script {
			hear(m)
		}
	}
}
