//go:build race

package indextest

// Race says that the race detector runs: it makes everything ten times as slow, so the large collections come in part.
const Race = true
