package chat

import "errors"

// ErrStopped is the cause of a turn's cancelled context when somebody asked for it: the stop route, an interrupting message.
var ErrStopped = errors.New("turn stopped")

// TakenOver is the code of the Conflict with which a History says that it kept a commit as cancelled: a person has the conversation.
const TakenOver = "taken_over"
