//go:build !race

package eval_test

// raced: the race detector makes the large catalogue ten times as slow; the small one takes the same ways.
const raced = false
