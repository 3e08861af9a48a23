package retry_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline/retry"
)

func TestClass(t *testing.T) {
	const temporary, permanent = true, false
	tests := []struct {
		class     retry.Class
		name      string
		temporary bool
		endsJob   bool
	}{
		{retry.Unknown, "unknown", permanent, false},
		{retry.Network, "network", temporary, false},
		{retry.FileSystem, "file system", temporary, false},
		{retry.Memory, "memory", temporary, false},
		{retry.Gone, "gone", permanent, false},
		{retry.Changed, "changed", permanent, false},
		{retry.Permission, "permission", permanent, false},
		{retry.Full, "full", permanent, true},
		{retry.Full + 1, "Class(8)", permanent, false},
		{-1, "Class(-1)", permanent, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.name, test.class.String())
			require.Equal(t, test.temporary, test.class.Temporary())
			require.Equal(t, test.endsJob, test.class.EndsJob())
		})
	}
	var zero retry.Class
	require.Equal(t, retry.Unknown, zero)
}
