package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// How an answer ended, as a client of each wire reads it: exactly one of the five endings, or an error that says what is wrong.

// sse reads the data of a stream to its end; cut: the connection broke.
func sse(t testing.TB, url, key string, body any) (status int, data []string, cut error) {
	raw, err := json.Marshal(body)
	if err != nil {
		t.Error(err)
		return
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		t.Error(err)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	for line := range strings.Lines(string(all)) {
		if d, ok := strings.CutPrefix(strings.TrimSpace(line), "data:"); ok {
			data = append(data, strings.TrimSpace(d))
		}
	}
	if len(data) == 0 {
		data = []string{string(all)}
	}
	return res.StatusCode, data, err
}

func question(alias, text string, stream bool) map[string]any {
	return map[string]any{"model": alias, "stream": stream, "messages": []map[string]string{{"role": "user", "content": text}}}
}

func streamedEnding(alias, key string) func(t testing.TB, url, text string) (string, error) {
	return func(t testing.TB, url, text string) (string, error) {
		status, data, cut := sse(t, url+"/v1/chat/completions", key, question(alias, text, true))
		if cut != nil {
			return "", fmt.Errorf("the connection broke: %w", cut)
		}
		return endingOf(status, data)
	}
}

// finishes of Chat Completions. The last one is DeepSeek's word for a failure of its own; a raw alias passes it on as it came.
var finishes = map[string]string{
	"stop": "completed", "tool_calls": "completed", "length": "truncated", "content_filter": "refused", "insufficient_system_resource": "failed",
}

// wholeEnding reads an answer in one piece: a finish_reason, or a status with an error.
func wholeEnding(alias, key string) func(t testing.TB, url, text string) (string, error) {
	return func(t testing.TB, url, text string) (string, error) {
		status, data, cut := sse(t, url+"/v1/chat/completions", key, question(alias, text, false))
		if cut != nil {
			return "", fmt.Errorf("the connection broke: %w", cut)
		}
		var c struct {
			Error   json.RawMessage
			Choices []struct {
				FinishReason string `json:"finish_reason"`
			}
		}
		if len(data) != 1 || json.Unmarshal([]byte(data[0]), &c) != nil {
			return "", fmt.Errorf("status %d and no JSON: %q", status, data)
		}
		failed := len(c.Error) > 0 && string(c.Error) != "null"
		switch {
		case status == 499 && failed && len(c.Choices) == 0:
			return "cancelled", nil
		case status >= 400 && failed && len(c.Choices) == 0:
			return "failed", nil
		case status == http.StatusOK && !failed && len(c.Choices) == 1 && finishes[c.Choices[0].FinishReason] != "":
			return finishes[c.Choices[0].FinishReason], nil
		}
		return "", fmt.Errorf("status %d: %q", status, data)
	}
}

// endingOf reads chunks of Chat Completions: one finish_reason and [DONE], or one error and neither.
func endingOf(status int, data []string) (string, error) {
	said, failures, done := []string{}, 0, 0
	for _, d := range data {
		if d == "[DONE]" {
			done++
			continue
		}
		var c struct {
			Error   json.RawMessage
			Choices []struct {
				FinishReason string `json:"finish_reason"`
			}
		}
		if json.Unmarshal([]byte(d), &c) != nil {
			continue // an upstream's garbage may pass before the error says so
		}
		if len(c.Error) > 0 {
			failures++
		}
		for _, ch := range c.Choices {
			if ch.FinishReason != "" {
				said = append(said, ch.FinishReason)
			}
		}
	}
	switch {
	case failures == 1 && done == 0 && (len(said) == 0 || status == 200 && len(said) == 1 && said[0] == "insufficient_system_resource"):
		return "failed", nil
	case status != 200:
		return "", fmt.Errorf("status %d without an error: %q", status, data)
	case failures == 0 && done == 1 && len(said) == 1:
		if e := finishes[said[0]]; e != "" {
			return e, nil
		}
	}
	return "", fmt.Errorf("%d finish reasons, %d errors, %d [DONE] in %q", len(said), failures, done, data)
}

var faultIDs atomic.Int64

func chatEnding(t testing.TB, url, text string) (string, error) {
	id := faultIDs.Add(1)
	status, data, cut := sse(t, url+"/api/chat", "sk-ann", map[string]any{
		"id": fmt.Sprintf("fault-%d", id), "trigger": "submit-message",
		"messages": []map[string]any{{"id": fmt.Sprintf("m-%d", id), "role": "user", "parts": []map[string]string{{"type": "text", "text": text}}}},
	})
	if cut != nil || status != 200 {
		return "", fmt.Errorf("status %d, %v: %q", status, cut, data)
	}
	var said []string
	for _, d := range data {
		var part struct{ Type, FinishReason string }
		if d == "[DONE]" {
			continue
		}
		if err := json.Unmarshal([]byte(d), &part); err != nil {
			return "", fmt.Errorf("part %q: %w", d, err)
		}
		switch part.Type {
		case "finish":
			said = append(said, map[string]string{"length": "truncated", "content-filter": "refused"}[part.FinishReason]+"")
			if said[len(said)-1] == "" {
				said[len(said)-1] = "completed"
			}
		case "abort":
			said = append(said, "cancelled")
		case "error":
			said = append(said, "failed")
		}
	}
	if len(said) != 1 {
		return "", fmt.Errorf("endings %q in %q", said, data)
	}
	return said[0], nil
}
