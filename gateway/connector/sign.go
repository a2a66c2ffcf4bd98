package connector

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Root is where the wire's paths begin. A signature covers the path from here on, whatever stands before it.
const Root = "/shopkeeper/v1"

const (
	headerKey       = "Shopkeeper-Key"
	headerTime      = "Shopkeeper-Timestamp"
	headerNonce     = "Shopkeeper-Nonce"
	headerSignature = "Shopkeeper-Signature"
	headerOnce      = "Idempotency-Key"
)

// window is how old, or how far ahead, a request may be.
const window = 5 * time.Minute

// draft is one request before it is signed.
type draft struct {
	method, target string // target: path and query as sent, from Root on
	once           string // Idempotency-Key; "" = none
	body           []byte
	key, secret    string
	at             time.Time
	nonce          string
}

// stamp is the request's time as its header has it.
func (d draft) stamp() string { return strconv.FormatInt(d.at.Unix(), 10) }

// signature covers all that a request says.
func (d draft) signature() string {
	return mac(d.secret, "shopkeeper-v1 request", d.method, d.target, d.key, d.stamp(), d.nonce, d.once, digest(d.body))
}

// answerSignature binds an answer to the one request that it answers, by that request's signature.
func answerSignature(secret, request string, status int, body []byte) string {
	return mac(secret, "shopkeeper-v1 answer", request, strconv.Itoa(status), digest(body))
}

func mac(secret string, lines ...string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(h.Sum(nil))
}

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func same(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

// targetOf is what of a request's line is signed; "" when it is none of the wire's paths.
func targetOf(r *http.Request) string {
	at := strings.Index(r.RequestURI, Root)
	if at < 0 {
		return ""
	}
	return r.RequestURI[at:]
}

// verifier lets each signed request through once.
type verifier struct {
	secrets map[string]string // by key id
	now     func() time.Time

	mu        sync.Mutex
	seen, was map[string]bool // nonces since turned, and of the window before
	turned    time.Time
}

// verify returns the secret that signed the request, or why it is refused.
func (v *verifier) verify(r *http.Request, body []byte) (secret string, no *Problem) {
	sec, err := strconv.ParseInt(r.Header.Get(headerTime), 10, 64)
	d := draft{
		method: r.Method, target: targetOf(r), once: r.Header.Get(headerOnce), body: body,
		key: r.Header.Get(headerKey), at: time.Unix(sec, 0), nonce: r.Header.Get(headerNonce),
	}
	var known bool
	d.secret, known = v.secrets[d.key]
	switch {
	case err != nil || d.target == "" || !known || !same(d.signature(), r.Header.Get(headerSignature)):
		return "", &Problem{"bad_signature", "The request is not signed, or not with the secret of this key."}
	case v.now().Sub(d.at).Abs() > window:
		return "", &Problem{"stale", "The request's time is more than 5 minutes off: set the clocks of both systems."}
	case len(d.nonce) < 16 || len(d.nonce) > 64:
		return "", &Problem{"bad_nonce", "The nonce needs 16 to 64 characters."}
	case v.used(d.key + " " + d.nonce):
		return "", &Problem{"replayed", "The nonce was used before."}
	}
	return d.secret, nil
}

// used remembers a nonce for at least as long as its request could come again: two windows.
func (v *verifier) used(nonce string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if now := v.now(); v.seen == nil || now.Sub(v.turned) > 2*window {
		v.was, v.seen, v.turned = v.seen, map[string]bool{}, now
	}
	if v.seen[nonce] || v.was[nonce] {
		return true
	}
	v.seen[nonce] = true
	return false
}
