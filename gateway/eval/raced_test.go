//go:build race

package eval

// sparse: the race detector makes a whole export ten times as slow.
const sparse = 5
