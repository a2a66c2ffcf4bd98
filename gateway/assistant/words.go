package assistant

import "fmt"

// What the gateway itself says in a turn, when no model can: short, and never a number.
type sentence int

const (
	sayBroken sentence = iota
	sayModelDown
	saySlow
	sayNothing
	sayFound
	sayToolFailed
	sayEnough
	sayOtherRung
	sayToolBroken
	sayDone
	sayNotDone
	sayLeft
	saySecond
	sayUnclear
	sayHandoff
	sayHandoffLater
	sayGivenUp
)

var sentences = map[sentence][2]string{
	sayBroken:       {"Something went wrong on our side. Please send that again.", "我们这边出了点问题，请再发一次。"},
	sayModelDown:    {"The assistant cannot be reached right now. Please try again in a moment.", "助手暂时无法连接，请稍后再试。"},
	saySlow:         {"That took too long. Please try again.", "处理时间太长了，请再试一次。"},
	sayNothing:      {"I have no answer to that. Could you put it in other words?", "这个问题我没有答上来，可以换个说法吗？"},
	sayFound:        {"Here is what I found. Tell me what matters most to you, and I will narrow it down.", "这是我找到的结果。告诉我您最看重什么，我再帮您缩小范围。"},
	sayToolFailed:   {"I could not look that up just now. Please try again in a moment.", "我刚才没能查到，请稍后再试。"},
	sayEnough:       {"I stopped here, because this was getting too long. Ask me again about the part that matters most.", "内容太长，我先停在这里。请就最重要的部分再问一次。"},
	sayOtherRung:    {"The usual model cannot be reached; another one answers.", "常用的模型暂时无法连接，由另一个模型回答。"},
	sayToolBroken:   {"This look-up does not work at the moment.", "这项查询暂时无法使用。"},
	sayHandoff:      {"A person from the shop takes over and answers you here. You can go on writing; nothing gets lost.", "已为您转接人工客服，将在这里回复您。您可以继续留言，不会丢失。"},
	sayHandoffLater: {"Nobody is at the desk at the moment. A person answers you here from %s on; you can go on writing, nothing gets lost.", "客服目前不在线，将于%s起在这里回复您。您可以继续留言，不会丢失。"},
	sayGivenUp:      {"The assistant failed twice in a row. The shopper wrote: ", "助手连续两次未能回答。顾客写道："},
	sayDone:         {"Done.", "已办好。"},
	sayNotDone:      {"This was not done.", "没有办成。"},
	sayLeft:         {"All right, nothing was changed.", "好的，没有做任何更改。"},
	saySecond:       {"It is approved; a second person has to confirm it.", "已批准，还需要另一位同事确认。"},
	sayUnclear:      {"It was passed on, but the shop's system has not said yet whether it is done. We keep asking and show it here.", "已提交，但商店系统尚未确认是否办成。我们会继续查询，结果会显示在这里。"},
}

func say(lang string, s sentence) string {
	if lang == "zh" {
		return sentences[s][1]
	}
	return sentences[s][0]
}

// handedOff is the one sentence that the customer reads of a handoff.
func (r *run) handedOff() string {
	if r.a.Opens != nil {
		if when := r.a.Opens(r.o.turn.Who.Tenant, r.o.lang, r.a.shopTime()); when != "" {
			return fmt.Sprintf(say(r.o.lang, sayHandoffLater), when)
		}
	}
	return say(r.o.lang, sayHandoff)
}
