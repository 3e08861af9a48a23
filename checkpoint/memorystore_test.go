package checkpoint_test

import (
	"testing"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/checkpointtest"
)

func TestMemoryStore(t *testing.T) {
	checkpointtest.Store(t, func(*testing.T) checkpoint.Store { return new(checkpoint.MemoryStore) })
}
