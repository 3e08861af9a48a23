package batch

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever is pushed, read and dropped in whatever order and with whatever
// memory: what comes out is what slices.Sort would make of it.
func TestNamesAgainstSort(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		n := names{memory: rapid.IntRange(1, 2000).Draw(t, "memory"), disk: runs{dir: dir}}
		defer func() { require.NoError(t, n.close()) }()
		var want [][]string // of each level, what is still to come
		t.Repeat(map[string]func(*rapid.T){
			"enter": func(t *rapid.T) {
				list := rapid.SliceOfN(rapid.StringN(1, 40, -1), 0, 200).Draw(t, "names")
				n.begin()
				for _, name := range list {
					require.NoError(t, n.add([]byte(name)))
					require.LessOrEqual(t, n.arena.size(), max(n.memory, cost([]byte(name))))
				}
				require.NoError(t, n.end())
				slices.Sort(list)
				want = append(want, list)
			},
			"next": func(t *rapid.T) {
				if len(want) == 0 {
					return
				}
				top := &want[len(want)-1]
				for range rapid.IntRange(1, 100).Draw(t, "times") {
					got, err := n.next()
					require.NoError(t, err)
					if len(*top) == 0 {
						require.Nil(t, got)
						return
					}
					require.Equal(t, (*top)[0], string(got))
					*top = (*top)[1:]
				}
			},
			"leave": func(*rapid.T) {
				if len(want) > 0 {
					n.drop()
					want = want[:len(want)-1]
				}
			},
			"": func(t *rapid.T) { require.Len(t, n.levels, len(want)) },
		})
	})
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

// Far more runs than are merged at once, and names longer than a piece.
func TestNamesInManyRuns(t *testing.T) {
	n := names{memory: 100, disk: runs{dir: t.TempDir()}}
	defer func() { require.NoError(t, n.close()) }()
	var want []string
	n.begin()
	for i := range 3000 {
		name := strconv.Itoa(i * 7919 % 3000)
		want = append(want, name)
		require.NoError(t, n.add([]byte(name)))
	}
	for _, length := range []int{255, 4095, 1<<16 - 1} {
		name := string(slices.Repeat([]byte{'5'}, length))
		want = append(want, name)
		require.NoError(t, n.add([]byte(name)))
	}
	require.NoError(t, n.end())
	slices.Sort(want)
	for _, name := range want {
		got, err := n.next()
		require.NoError(t, err)
		require.Equal(t, name, string(got))
	}
	got, err := n.next()
	require.NoError(t, err)
	require.Nil(t, got)
}

// A chain of wide directories stays within the memory of one.
func TestNamesOfAWideChain(t *testing.T) {
	const levels, wide, memory = 50, 2000, 64 << 10
	n := names{memory: memory, disk: runs{dir: t.TempDir()}}
	defer func() { require.NoError(t, n.close()) }()
	for level := range levels {
		n.begin()
		for i := range wide {
			require.NoError(t, n.add([]byte(strconv.Itoa(level*wide+wide-1-i))))
		}
		require.NoError(t, n.end())
		require.LessOrEqual(t, n.arena.size(), memory)
		_, err := n.next()
		require.NoError(t, err)
	}
	require.LessOrEqual(t, cap(n.arena.records)+indexEntry*cap(n.arena.index), 3*memory/2)
	for range levels {
		for left := wide - 1; left > 0; left-- {
			name, err := n.next()
			require.NoError(t, err)
			require.NotNil(t, name)
		}
		name, err := n.next()
		require.NoError(t, err)
		require.Nil(t, name)
		n.drop()
	}
	require.Zero(t, n.disk.top, "all of the file is free again")
}

// Levels on disk are read through one buffer, which each finds used by another.
func TestNamesTakeTurns(t *testing.T) {
	n := names{memory: 200, disk: runs{dir: t.TempDir()}}
	defer func() { require.NoError(t, n.close()) }()
	const levels, wide = 5, 50
	name := func(level, i int) string { return strconv.Itoa(level) + "-" + strconv.Itoa(100+i) }
	push := func(level int) {
		n.begin()
		for i := range wide {
			require.NoError(t, n.add([]byte(name(level, wide-1-i))))
		}
		require.NoError(t, n.end())
		require.Len(t, n.levels, n.onDisk)
	}
	expect := func(want string) {
		got, err := n.next()
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	for level := range levels {
		push(level)
		expect(name(level, 0))
	}
	for level := levels - 1; level >= 0; level-- {
		for i := 1; i < wide; i++ {
			push(9)
			expect(name(9, 0))
			n.drop()
			expect(name(level, i))
		}
		expect("")
		n.drop()
	}
}

// A temporary file that cannot be written costs the directory that needed it;
// those above it in the tree go on.
func TestNamesWithoutDisk(t *testing.T) {
	for name, dir := range map[string]string{"missing": filepath.Join(t.TempDir(), "missing"), "full": "/dev/full"} {
		t.Run(name, func(t *testing.T) {
			n := names{memory: 100, disk: runs{dir: dir}}
			if name == "full" {
				full, err := os.OpenFile(dir, os.O_RDWR, 0)
				if err != nil {
					t.Skip("NOT RUN: no /dev/full here")
				}
				n.disk.file = full
			}
			n.begin()
			require.NoError(t, n.add([]byte("b")))
			require.NoError(t, n.add([]byte("a")))
			require.NoError(t, n.end())
			n.begin()
			var err error
			for err == nil {
				err = n.add([]byte("name"))
			}
			require.ErrorContains(t, err, "sort its names in a temporary file in ")
			require.ErrorContains(t, err, "set TMPDIR")
			n.drop()
			for _, want := range []string{"a", "b", ""} {
				got, err := n.next()
				require.NoError(t, err)
				require.Equal(t, want, string(got))
			}
			require.NoError(t, n.close())
		})
	}
}

// A temporary file that cannot be read back ends the level with an error.
func TestNamesUnreadable(t *testing.T) {
	n := names{memory: 20, disk: runs{dir: t.TempDir()}}
	n.begin()
	for range 10 {
		require.NoError(t, n.add([]byte("name")))
	}
	require.NoError(t, n.end())
	require.NoError(t, n.disk.file.Close())
	_, err := n.next()
	require.ErrorIs(t, err, os.ErrClosed)
	require.Error(t, n.close())
}
