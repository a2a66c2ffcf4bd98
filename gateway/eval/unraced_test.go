//go:build !race

package eval

const sparse = 1
