package connector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// reply is an answer that came whole.
type reply struct {
	status int
	body   []byte
	signed bool // by the secret of the request, for the request
}

// problem is what an answer that is no result says, as an error for the log.
func (r reply) problem() error {
	if f, err := decode[failure](r.body); err == nil && codes.MatchString(f.Error.Code) {
		return fmt.Errorf("status %d: %s: %.200q", r.status, f.Error.Code, f.Error.Msg)
	}
	return fmt.Errorf("status %d", r.status)
}

// call asks and takes signed answers alone. What failed before anything came back is asked once more, signed anew: connections that
// were kept open are often closed at the other end, and every request may come twice.
func (c *Client) call(ctx context.Context, method, target, once string, body []byte, most int64) (r reply, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	for range 2 {
		var sent bool
		r, sent, err = c.send(ctx, c.draft(method, target, once, body), most)
		if err == nil || sent || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return r, err
	}
	if !r.signed {
		if r.status == http.StatusUnauthorized {
			return r, fmt.Errorf("it refuses our signature: check secret, key id and clocks (%w)", r.problem())
		}
		return r, fmt.Errorf("the answer is not signed, or not for this request (status %d)", r.status)
	}
	return r, nil
}

func (c *Client) draft(method, target, once string, body []byte) draft {
	return draft{method: method, target: target, once: once, body: body, key: c.o.Key, secret: c.o.Secret, at: c.o.Now(), nonce: c.o.Nonce()}
}

// request is the draft, signed.
func (c *Client) request(ctx context.Context, d draft) (*http.Request, error) {
	// A body that cannot be had again keeps the transport from repeating the request by itself: the nonce would be a used one.
	req, err := http.NewRequestWithContext(ctx, d.method, c.base+d.target, io.NopCloser(bytes.NewReader(d.body)))
	if err != nil {
		return nil, err
	}
	if len(d.body) > 0 {
		req.ContentLength = int64(len(d.body))
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "shopkeeper")
	req.Header.Set(headerKey, d.key)
	req.Header.Set(headerTime, d.stamp())
	req.Header.Set(headerNonce, d.nonce)
	req.Header.Set(headerSignature, d.signature())
	if d.once != "" {
		req.Header.Set(headerOnce, d.once)
	}
	return req, nil
}

// send asks once. sent: an answer began to come.
func (c *Client) send(ctx context.Context, d draft, most int64) (r reply, sent bool, err error) {
	req, err := c.request(ctx, d)
	if err != nil {
		return r, true, err
	}
	r, err = c.exchange(req, d.secret, most)
	return r, r.status != 0, err
}

func (c *Client) exchange(req *http.Request, secret string, most int64) (r reply, err error) {
	began := time.Now()
	res, err := c.http.Do(req)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return r, fmt.Errorf("no answer within %s", time.Since(began).Round(time.Millisecond))
		}
		return r, err
	}
	defer res.Body.Close()
	r.status = res.StatusCode
	if r.body, err = io.ReadAll(io.LimitReader(res.Body, most+1)); err != nil {
		return r, fmt.Errorf("read answer: %w", err)
	}
	if int64(len(r.body)) > most {
		return r, fmt.Errorf("the answer has more than %d bytes", most)
	}
	r.signed = same(answerSignature(secret, req.Header.Get(headerSignature), r.status, r.body), res.Header.Get(headerSignature))
	return r, nil
}
