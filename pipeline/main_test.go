package pipeline_test

import (
	"testing"

	"go.uber.org/goleak"
)

// Invariant 1 once more, for the tests and examples that run outside a bubble.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
