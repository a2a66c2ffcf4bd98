package assistant_test

import (
	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/cluster"
	"shopkeeper/gateway/route"
	"shopkeeper/gateway/store"
)

var (
	_ assistant.Log     = (*cluster.Cluster)(nil)
	_ assistant.Lease   = (*cluster.Cluster)(nil)
	_ assistant.History = (*store.Store)(nil)
	_ assistant.Models  = (*route.Router)(nil)
	_ assistant.Ladder  = (*route.Router)(nil)
)
