package eval

import (
	"fmt"
	"strconv"
	"strings"

	"shopkeeper/shop"
)

// calculate is the benchmark's calculator: digits, + - * / ( ) . and spaces.
func calculate(s string) (float64, error) {
	bad := &shop.Error{Kind: shop.Invalid, Code: "invalid_expression", Msg: fmt.Sprintf("%q is not a sum of numbers.", s)}
	if strings.Trim(s, "0123456789+-*/(). ") != "" {
		return 0, bad
	}
	c := &calculator{rest: strings.ReplaceAll(s, " ", "")}
	v, ok := c.sum()
	if !ok || c.rest != "" {
		return 0, bad
	}
	return v, nil
}

type calculator struct{ rest string }

func (c *calculator) take(ops string) (byte, bool) {
	if c.rest == "" || !strings.Contains(ops, c.rest[:1]) {
		return 0, false
	}
	op := c.rest[0]
	c.rest = c.rest[1:]
	return op, true
}

func (c *calculator) sum() (float64, bool) {
	v, ok := c.product()
	for ok {
		op, more := c.take("+-")
		if !more {
			break
		}
		var x float64
		x, ok = c.product()
		if op == '-' {
			x = -x
		}
		v += x
	}
	return v, ok
}

func (c *calculator) product() (float64, bool) {
	v, ok := c.factor()
	for ok {
		op, more := c.take("*/")
		if !more {
			break
		}
		var x float64
		if x, ok = c.factor(); op == '*' {
			v *= x
		} else if ok = ok && x != 0; ok {
			v /= x
		}
	}
	return v, ok
}

func (c *calculator) factor() (float64, bool) {
	if op, signed := c.take("+-"); signed {
		v, ok := c.factor()
		if op == '-' {
			v = -v
		}
		return v, ok
	}
	if _, open := c.take("("); open {
		v, ok := c.sum()
		_, shut := c.take(")")
		return v, ok && shut
	}
	n := 0
	for n < len(c.rest) && (c.rest[n] == '.' || c.rest[n] >= '0' && c.rest[n] <= '9') {
		n++
	}
	v, err := strconv.ParseFloat(c.rest[:n], 64)
	c.rest = c.rest[n:]
	return v, err == nil
}
