package notify

import (
	"net/netip"
	"slices"
	"strings"
)

// onThisMachine says whether the configuration names this machine.
func onThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}

// permitted says whether a host of the configuration may be reached at an address. Only who names this machine reaches it.
func permitted(host string, ip netip.Addr) bool {
	if onThisMachine(host) {
		return ip.Unmap().IsLoopback()
	}
	return public(ip)
}

// reserved are the networks that nobody's server is in, or that lead to others which are (RFC 6890 and what followed).
var reserved = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
)

func prefixes(list ...string) (out []netip.Prefix) {
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// public says whether an address is one of the open internet.
func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsGlobalUnicast() && ip.Zone() == "" && !ip.IsPrivate() && !slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(ip) })
}
