package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// waits are what customers write to people, in both languages.
var waits = []string{
	"How long do I have to return something?", "退款要多久？", "Where is my last order?", "我的订单到哪里了？", "The lamp arrived broken, what now?", "收到的商品坏了怎么办？",
	"What does shipping cost?", "运费是多少？", "I want to return my tablet, it is too small", "我想退货", "Can I use two coupons at once?", "优惠券可以叠加吗？",
	"Is there a warranty on headphones?", "耳机的保修期是多久？", "Show me a cheaper kettle", "有便宜一点的背包吗？", "Please cancel my order", "请帮我修改收货地址",
	"My lawyer will call you", "我要投诉到消协", "Do you ship to Canada?", "可以开发票吗？", "Hello? Anybody?", "在吗？",
}

// benchSuggestions times what an agent waits for: from the customer's message to its suggestions beside the conversation, heard of by the
// desk's stream and read as the console does.
func benchSuggestions(t *testing.T) {
	const conversations, each = 20, 13
	p := serve(t, "--demo", "--data", t.TempDir())
	d := deskClient{t, p.url}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/api/desk/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer demo-agent")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	heard := make(chan struct{}, 1)
	go func() {
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			if strings.HasPrefix(s.Text(), "data:") {
				select {
				case heard <- struct{}{}:
				default:
				}
			}
		}
	}()
	shown := func(conversation, message string) bool {
		_, raw := request(t, http.MethodGet, p.url+"/api/desk/conversations/"+conversation, "demo-agent", nil)
		var v deskSeen
		return json.Unmarshal(raw, &v) == nil && len(v.Suggestions) > 0 && v.Suggestions[0].Message == message
	}
	for i := range conversations {
		c := fmt.Sprint("wait-", i)
		d.say("demo-shopper", c, "m0", []string{"I want to talk to a person", "我要找人工客服"}[i%2])
		d.suggested(c, "m0")
	}
	var took []time.Duration
	for k := range each {
		for i := range conversations {
			c, m := fmt.Sprint("wait-", i), fmt.Sprint("n", k)
			began := time.Now()
			d.say("demo-shopper", c, m, waits[(k*conversations+i)%len(waits)])
			for !shown(c, m) {
				select {
				case <-heard:
				case <-time.After(time.Second): // a word that was missed is not waited for longer
				}
				if time.Since(began) > time.Minute {
					t.Fatalf("nothing is suggested for %s of %s", m, c)
				}
			}
			took = append(took, time.Since(began))
		}
	}
	fmt.Print("\n| suggested replies, built-in assistant | figure |\n|---|---|\n")
	fmt.Printf("| from a customer's message to its suggestions beside the conversation, p50 / p95 / p99 of %d | %.0f / %.0f / %.0f ms |\n",
		len(took), ms(percentile(took, 50)), ms(percentile(took, 95)), ms(percentile(took, 99)))
}
