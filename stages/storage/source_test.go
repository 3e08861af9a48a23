package storage_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages/storage"
)

// still is a source that is what it says, or fails to say.
type still struct {
	id  checkpoint.Identity
	err error
}

func (s still) Size() int64                                                { return s.id.Size }
func (s still) Identity(context.Context) (checkpoint.Identity, error)      { return s.id, s.err }
func (s still) OpenAt(context.Context, int64) (r io.ReadCloser, err error) { return nil, s.err }

// remembering was something else when it was opened.
type remembering struct {
	still
	opened checkpoint.Identity
}

func (r remembering) Opened() checkpoint.Identity { return r.opened }

func TestBegin(t *testing.T) {
	now, then := checkpoint.Identity{Size: 2}, checkpoint.Identity{Size: 1}
	got, err := storage.Begin(t.Context(), still{id: now})
	require.NoError(t, err)
	require.Equal(t, now, got)
	got, err = storage.Begin(t.Context(), remembering{still{id: now}, then})
	require.NoError(t, err)
	require.Equal(t, then, got)
	gone := errors.New("gone")
	_, err = storage.Begin(t.Context(), still{err: gone})
	require.ErrorIs(t, err, gone)
}

func TestVerify(t *testing.T) {
	id := checkpoint.Identity{Inode: 7, Size: 3}
	require.NoError(t, storage.Verify(t.Context(), still{id: id}, id, 3))
	require.ErrorIs(t, storage.Verify(t.Context(), still{id: id}, id, 2), storage.ErrChanged)
	other := id
	other.ModTime++
	require.ErrorIs(t, storage.Verify(t.Context(), still{id: id}, other, 3), storage.ErrChanged)
	gone := errors.New("gone")
	require.ErrorIs(t, storage.Verify(t.Context(), still{err: gone}, id, 3), gone)
}
