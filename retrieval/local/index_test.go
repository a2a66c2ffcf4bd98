package local_test

import (
	"testing"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/indextest"
	"shopkeeper/retrieval/local"
)

func TestIndex(t *testing.T) {
	indextest.Run(t, func(*testing.T) retrieval.Index { return local.New(local.Options{}) })
}
