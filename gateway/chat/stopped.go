package chat

import "errors"

// ErrStopped is the cause of a turn's cancelled context when somebody asked for it: the stop route, an interrupting message.
var ErrStopped = errors.New("turn stopped")
