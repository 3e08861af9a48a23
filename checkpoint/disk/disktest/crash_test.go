package disktest_test

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
)

const seeds = 200

// outcomes are what the power cuts of all seeds leave, by how often.
func outcomes(l *disktest.Losing, look func(*disktest.Losing) string) map[string]int {
	found := map[string]int{}
	for seed := range uint64(seeds) {
		found[look(l.Crash(seed))]++
	}
	return found
}

func put(t *testing.T, d disk.Directory, name, content string, offset int64) disk.File {
	t.Helper()
	f, err := d.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = f.WriteAt([]byte(content), offset)
	require.NoError(t, err)
	return f
}

// names and what is in them, such as "a=xy b=".
func state(t *testing.T) func(*disktest.Losing) string {
	t.Helper()
	return func(l *disktest.Losing) string {
		var all []string
		for _, name := range namesIn(t, l) {
			all = append(all, name+"="+string(contentOf(t, l, name)))
		}
		return strings.Join(all, " ")
	}
}

// What was synced, name and bytes, is there after every power cut.
func TestCrashKeepsWhatWasSynced(t *testing.T) {
	l := disktest.NewLosing()
	f := put(t, l, "a", "synced", 0)
	require.NoError(t, f.Sync())
	require.NoError(t, disk.SyncNames(l))
	require.Equal(t, map[string]int{"a=synced": seeds}, outcomes(l, state(t)))
}

// A synced name over bytes that were not is the file of zeros, the empty one, the
// torn one; only seldom the whole.
func TestCrashTearsBytes(t *testing.T) {
	l := disktest.NewLosing()
	put(t, l, "a", strings.Repeat("x", 128), 0)
	require.NoError(t, disk.SyncNames(l))
	found := outcomes(l, func(l *disktest.Losing) string { return string(contentOf(t, l, "a")) })
	x, zero := strings.Repeat("x", 64), strings.Repeat("\x00", 64)
	for _, want := range []string{"", x, zero, x + x, x + zero, zero + x, zero + zero} {
		require.Contains(t, found, want)
	}
	torn := 0
	for content := range found {
		require.LessOrEqual(t, len(content), 128)
		require.Empty(t, strings.Trim(content, "x\x00"))
		if len(content)%64 != 0 {
			torn++
		}
	}
	require.Greater(t, torn, 20)
}

// A write over synced bytes leaves them, or itself, or a mixture; those beside it
// stay.
func TestCrashOverwrites(t *testing.T) {
	l := disktest.NewLosing()
	f := put(t, l, "a", "aaaaaaaa", 0)
	require.NoError(t, f.Sync())
	require.NoError(t, disk.SyncNames(l))
	_, err := f.WriteAt([]byte("bbbb"), 2)
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("c"), 3)
	require.NoError(t, err)
	found := outcomes(l, func(l *disktest.Losing) string { return string(contentOf(t, l, "a")) })
	for _, want := range []string{"aaaaaaaa", "aabbbbaa", "aabcbbaa", "aaacaaaa", "aa\x00\x00\x00\x00aa", "aabbaaaa"} {
		require.Contains(t, found, want)
	}
	for content := range found {
		require.Len(t, content, 8)
		require.Equal(t, "aaaa", content[:2]+content[6:])
	}
}

func TestCrashTruncates(t *testing.T) {
	l := disktest.NewLosing()
	f := put(t, l, "a", "12345678", 0)
	require.NoError(t, f.Sync())
	require.NoError(t, disk.SyncNames(l))
	require.NoError(t, f.Truncate(3))
	found := outcomes(l, state(t))
	require.Len(t, found, 2)
	require.Contains(t, found, "a=123")
	require.Contains(t, found, "a=12345678")
}

// Names that were not synced may be old or new, each by itself.
func TestCrashForgetsNames(t *testing.T) {
	l := disktest.NewLosing()
	for _, name := range []string{"kept", "old", "temp"} {
		require.NoError(t, put(t, l, name, name, 0).Sync())
	}
	require.NoError(t, disk.SyncNames(l))
	require.NoError(t, l.Rename("temp", "old"))
	require.NoError(t, l.Remove("kept"))
	require.NoError(t, put(t, l, "new", "new", 0).Sync())
	found := outcomes(l, state(t))
	for _, kept := range []string{"kept=kept ", ""} {
		for _, added := range []string{"", "new=new "} {
			require.Contains(t, found, kept+added+"old=temp")
			require.Contains(t, found, strings.TrimSpace(kept+added+"old=old temp=temp"))
		}
	}
	require.Len(t, found, 8, "a rename is never half of one")
}

// No order of the changes loses a file that each of them keeps.
func TestCrashKeepsTheOrderOfOneName(t *testing.T) {
	l := disktest.NewLosing()
	require.NoError(t, put(t, l, "a", "first", 0).Sync())
	require.NoError(t, disk.SyncNames(l))
	require.NoError(t, l.Rename("a", "b"))
	require.NoError(t, put(t, l, "a", "second", 0).Sync())
	found := outcomes(l, state(t))
	require.Len(t, found, 3)
	for _, want := range []string{"a=first", "b=first", "a=second b=first"} {
		require.Contains(t, found, want)
	}
}

// After a sync that failed the bytes are still shown; the next sync says nil, and
// brings them onto the medium no more than the first.
func TestCrashAfterFailedSync(t *testing.T) {
	l := disktest.NewLosing()
	old := put(t, l, "a", "old!", 0)
	require.NoError(t, old.Sync())
	require.NoError(t, disk.SyncNames(l))
	failing := &disktest.Failing{At: 3, Err: syscall.EIO}
	f := put(t, failing.Wrap(l), "a", "new", 0)
	require.ErrorIs(t, f.Sync(), syscall.EIO)
	require.Contains(t, outcomes(l, state(t)), "a=new!", "some of it may have been written")
	require.NoError(t, f.Sync())
	require.Equal(t, "new!", string(contentOf(t, l, "a")))
	require.Equal(t, map[string]int{"a=old!": seeds}, outcomes(l, state(t)))
	_, err := f.WriteAt([]byte("?"), 3)
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	require.Equal(t, map[string]int{"a=old?": seeds}, outcomes(l, state(t)), "what was written since is synced")
}

func TestCrashAfterFailedSyncOfNames(t *testing.T) {
	l := disktest.NewLosing()
	require.NoError(t, put(t, l, "a", "", 0).Sync())
	require.NoError(t, disk.SyncNames(l))
	require.NoError(t, l.Rename("a", "b"))
	failing := &disktest.Failing{At: 2, Err: syscall.EIO}
	require.ErrorIs(t, disk.SyncNames(failing.Wrap(l)), syscall.EIO)
	require.NoError(t, disk.SyncNames(l))
	require.Equal(t, []string{"b"}, namesIn(t, l))
	require.Equal(t, map[string]int{"a=": seeds}, outcomes(l, state(t)))
}

// The same seed is the same power cut, and a power cut leaves the directory that
// it is taken of as it was.
func TestCrashIsTheSeeds(t *testing.T) {
	l := disktest.NewLosing()
	for _, name := range []string{"a", "b", "c", "d"} {
		put(t, l, name, strings.Repeat(name, 300), 0)
	}
	before := state(t)(l)
	for seed := range uint64(20) {
		once, again := l.Crash(seed), l.Crash(seed)
		require.Equal(t, state(t)(once), state(t)(again))
	}
	require.Equal(t, before, state(t)(l))
	after := l.Crash(7)
	require.Equal(t, map[string]int{state(t)(after): seeds}, outcomes(after, state(t)), "what a power cut left is on the medium")
	put(t, after, "e", "", 0)
	require.Equal(t, before, state(t)(l))
}
