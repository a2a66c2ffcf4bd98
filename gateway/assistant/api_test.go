package assistant_test

import (
	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/cluster"
)

var (
	_ assistant.Log   = (*cluster.Cluster)(nil)
	_ assistant.Lease = (*cluster.Cluster)(nil)
)
