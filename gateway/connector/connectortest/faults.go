package connectortest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash/fnv"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is something that goes wrong between a connector and its client.
type Fault string

// The faults. "Before" and "after" are of the effect.
const (
	HangBefore    Fault = "hangs before"
	HangAfter     Fault = "hangs after"
	Late          Fault = "answers late"
	Twice         Fault = "is asked twice"
	DoubleAnswer  Fault = "answers twice"
	ErrorBefore   Fault = "500 before"
	ErrorAfter    Fault = "500 after"
	CutBefore     Fault = "cut before"
	CutAfter      Fault = "cut after"
	Half          Fault = "half an answer"
	OtherKey      Fault = "answers for another key"
	OtherRecord   Fault = "answers for another record"
	OtherRevision Fault = "answers for another revision"
	GoneBack      Fault = "says that the record went back"
	SaysDone      Fault = "the way says done"
	SaysRefused   Fault = "the way says refused"
	OtherAnswer   Fault = "an answer to another request"
	Redirect      Fault = "redirects"
	Garbage       Fault = "answers garbage"
	Empty         Fault = "answers nothing"
)

// AllFaults is each of them.
var AllFaults = []Fault{
	HangBefore, HangAfter, Late, Twice, DoubleAnswer, ErrorBefore, ErrorAfter, CutBefore, CutAfter, Half, OtherKey, OtherRecord, OtherRevision, GoneBack, SaysDone,
	SaysRefused, OtherAnswer, Redirect, Garbage, Empty,
}

// Faults stand before a connector. What goes wrong with a request is a function of the seed, the request's key (or path) and how often
// it came.
type Faults struct {
	Next    http.Handler
	Seed    uint64
	Percent int           // of requests that something happens to
	Late    time.Duration // later than any client waits

	mu       sync.Mutex
	came     map[string]uint64
	Met      map[Fault]int
	Followed int // redirects that somebody followed
	last     *httptest.ResponseRecorder
}

// pick says what happens to a request.
func (f *Faults) pick(of string) (Fault, *httptest.ResponseRecorder) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.came == nil {
		f.came, f.Met = map[string]uint64{}, map[Fault]int{}
	}
	h := fnv.New64a()
	_, _ = io.WriteString(h, of)
	r := rand.New(rand.NewPCG(f.Seed, h.Sum64()+f.came[of]))
	f.came[of]++
	if r.IntN(100) >= f.Percent {
		return "", nil
	}
	fault := AllFaults[r.IntN(len(AllFaults))]
	f.Met[fault]++
	return fault, f.last
}

func (f *Faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/elsewhere") {
		f.mu.Lock()
		f.Followed++
		f.mu.Unlock()
	}
	of := r.Header.Get("Idempotency-Key")
	if of == "" {
		of = r.URL.Path
	}
	fault, last := f.pick(of)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	ask := func() *httptest.ResponseRecorder {
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(bytes.NewReader(body))
		rec := httptest.NewRecorder()
		f.Next.ServeHTTP(rec, again)
		return rec
	}
	switch fault {
	case HangBefore:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case ErrorBefore:
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return
	case CutBefore:
		panic(http.ErrAbortHandler)
	case Redirect:
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		return
	}
	rec := ask()
	switch fault {
	case HangAfter:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case Late:
		select {
		case <-time.After(f.Late):
		case <-r.Context().Done():
		}
	case Twice:
		rec = ask()
	case ErrorAfter:
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return
	case CutAfter:
		panic(http.ErrAbortHandler)
	}
	b := rec.Body.Bytes()
	switch fault {
	case DoubleAnswer:
		b = append(bytes.Clone(b), b...)
	case OtherKey:
		b = lie(r, rec, "key", "another")
	case OtherRecord:
		b = lie(r, rec, "record", "another")
	case OtherRevision:
		b = lie(r, rec, "on", 77)
	case GoneBack:
		b = lie(r, rec, "revision", 0)
	case SaysDone:
		b = bytes.ReplaceAll(b, []byte(`"state":"refused"`), []byte(`"state":"done"`))
	case SaysRefused:
		b = bytes.ReplaceAll(b, []byte(`"state":"done"`), []byte(`"state":"refused","code":"no","msg":"No."`))
	case OtherAnswer:
		if last != nil {
			rec, b = last, last.Body.Bytes()
		}
	case Garbage:
		b = []byte("\x00\xff<html>done</html>")
	case Empty:
		b = nil
	}
	if fault == "" {
		f.mu.Lock()
		f.last = rec
		f.mu.Unlock()
	}
	maps.Copy(w.Header(), rec.Header())
	if fault == Half {
		w.Header().Set("Content-Length", "4096")
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(b)
}

// lie says of another record, key or revision the contrary of what happened, signed: the shop's own system has mixed its answers up.
func lie(r *http.Request, rec *httptest.ResponseRecorder, field string, v any) []byte {
	var m map[string]any
	if json.Unmarshal(rec.Body.Bytes(), &m) != nil || m["state"] == nil {
		return rec.Body.Bytes()
	}
	m[field] = v
	switch {
	case m["state"] != "done":
		m["state"] = "done"
		delete(m, "code")
		delete(m, "msg")
		if field != "revision" {
			m["revision"] = 78
		}
	case field != "revision":
		m["state"], m["code"], m["msg"] = "refused", "no", "No."
	}
	b, _ := json.Marshal(m)
	Sign(r, rec.Header(), rec.Code, b)
	return b
}

// Sign signs an answer as docs/connector.yaml says, written a second time so that one wrong reading of it does not agree with itself.
func Sign(r *http.Request, h http.Header, status int, body []byte) {
	sum := sha256.Sum256(body)
	m := hmac.New(sha256.New, []byte(Secret))
	m.Write([]byte("shopkeeper-v1 answer\n" + r.Header.Get("Shopkeeper-Signature") + "\n" + strconv.Itoa(status) + "\n" + hex.EncodeToString(sum[:])))
	h.Set("Shopkeeper-Signature", hex.EncodeToString(m.Sum(nil)))
}
