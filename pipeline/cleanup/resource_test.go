package cleanup_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline/cleanup"
)

func TestNames(t *testing.T) {
	for kind, want := range map[cleanup.Kind]string{
		cleanup.Stream: "stream", cleanup.Buffer: "buffer", cleanup.File: "file", cleanup.Listener: "listener", 4: "Kind(4)",
	} {
		require.Equal(t, want, kind.String())
	}
	for priority, want := range map[cleanup.Priority]string{
		cleanup.AtEnd: "at end", cleanup.Immediate: "immediate", cleanup.High: "high", cleanup.Normal: "normal",
		cleanup.Low: "low", cleanup.Deferred: "deferred", 6: "Priority(6)",
	} {
		require.Equal(t, want, priority.String())
	}
}

func TestAddWantsARelease(t *testing.T) {
	var s cleanup.Scope
	require.PanicsWithValue(t, "cleanup: Resource without Release", func() { s.Add(cleanup.Resource{Name: "nothing"}) })
	require.NoError(t, s.Close(t.Context()))
}

func TestErrorsBearTheNameOrTheKind(t *testing.T) {
	fails := func(context.Context) error { return errBoom }
	for _, tt := range []struct {
		resource cleanup.Resource
		want     string
	}{
		{cleanup.Resource{Kind: cleanup.Listener, Release: fails}, "release listener: boom"},
		{cleanup.Resource{Kind: cleanup.File, Name: "state lock", Release: fails}, "release state lock: boom"},
	} {
		var s cleanup.Scope
		err := s.Add(tt.resource).Release(t.Context())
		require.EqualError(t, err, tt.want)
		require.ErrorIs(t, err, errBoom)
	}
}
