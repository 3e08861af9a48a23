package batch_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
	"github.com/penstock-go/penstock/pipeline/cleanup"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// machine is what outlives a process that copies: the tree, the disk that it is
// copied to, and the one on which records and the journal are kept.
type machine struct {
	source    string
	to, state disk.Tree
	path      string // where to is
	statePath string // where state is; empty where it is in memory
	control   *stages.Control
	set       func(*batch.Copying)
}

// process is one that copies the tree, or what is left of it.
type process struct {
	*machine
	failing *disktest.Failing // nil where nothing goes wrong
	exclude []string          // what it does not come to
	stopAt  int               // the record that is saved when it is told to stop; 0 for none
	slow    *stages.Control   // nil means the machine's
}

// run copies. err is whatever went wrong with the whole.
func (p process) run(t *testing.T) (results []batch.CopyResult, err error) {
	t.Helper()
	state, err := p.openState(t.Context())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	journal, err := checkpoint.OpenJournal(t.Context(), state, "job")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, journal.Close()) }()
	target, err := p.openTarget(t.Context())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	var scope cleanup.Scope
	defer func() { err = errors.Join(err, scope.Close(context.WithoutCancel(t.Context()))) }()
	c := p.copying()
	c.Target, c.Scope, c.Journal = target, &scope, journal
	if c.Resume.Store == nil {
		c.Resume.Store = p.store(state, c)
	}
	return p.copy(t, c)
}

// openState opens the state folder as a process of its own would.
func (p process) openState(ctx context.Context) (disk.Directory, error) {
	if p.failing == nil && p.statePath != "" {
		return checkpoint.OpenDirectory(ctx, p.statePath)
	}
	return p.wrap(p.state)
}

func (p process) openTarget(ctx context.Context) (*local.Target, error) {
	if p.failing == nil && p.statePath != "" {
		return local.OpenTarget(ctx, p.path)
	}
	d, err := p.wrap(p.to)
	if err != nil {
		return nil, err
	}
	return local.NewTarget(d, p.path)
}

// wrap gives another handle on d, which may be closed.
func (p process) wrap(d disk.Tree) (disk.Tree, error) {
	again, err := d.Branch(".")
	if err != nil || p.failing == nil {
		return again, err
	}
	return p.failing.Wrap(again).(disk.Tree), nil
}

func (p process) copying() *batch.Copying {
	c := &batch.Copying{
		Options:    batch.Options{Control: cmp.Or(p.slow, p.control)},
		Algorithms: []digest.Algorithm{digest.XXH3},
		Resume:     batch.Resume{Marks: stages.Marks{Bytes: 192 << 10, Chunks: 1}},
		Job:        "job", Again: true,
		Place: func(f batch.File) string {
			if f.Below() == "" {
				return "."
			}
			return f.Below()
		},
	}
	if p.set != nil {
		p.set(c)
	}
	return c
}

// slowControl lets so few bytes through that a record is saved before the next chunk
// is read: a run can be stopped where one wants it to, in no time of a synctest.
func slowControl(t *testing.T) *stages.Control {
	t.Helper()
	c := newControl(t, 0)
	require.NoError(t, c.Limiter().Set(pressure.Rates{Bytes: 64 << 10}))
	return c
}

// store keeps the records on state, and stops c when that is due.
func (p process) store(state disk.Directory, c *batch.Copying) checkpoint.Store {
	s := checkpoint.NewFileStore(state)
	if p.stopAt == 0 {
		return s
	}
	stop := make(chan struct{})
	c.Stop = stop
	return &closingAfter{Store: s, left: p.stopAt, stop: stop}
}

// closingAfter is a store that closes stop once so many records were saved.
type closingAfter struct {
	checkpoint.Store
	left int
	stop chan struct{}
}

func (s *closingAfter) Save(ctx context.Context, r checkpoint.Record) error {
	err := s.Store.Save(ctx, r)
	if s.left--; s.left == 0 {
		close(s.stop)
	}
	return err
}

func (p process) copy(t *testing.T, c *batch.Copying) (results []batch.CopyResult, err error) {
	t.Helper()
	walk, err := batch.NewWalk(batch.WalkOptions{
		Paths: []string{p.source}, Directories: true, Links: true, Filter: batch.Filter{Exclude: p.exclude},
	})
	require.NoError(t, err)
	defer walk.Close()
	err = batch.Copy(t.Context(), walk.Files, c, func(r batch.CopyResult) error {
		results = append(results, r)
		return nil
	})
	require.Zero(t, c.Control.Pool().Live())
	require.Zero(t, c.Active.Load())
	return results, err
}

// likeness is what a copy with everything kept has in common with its original.
type likeness struct {
	mode                              fs.FileMode
	content, times, owner, attributes string
	first                             string // of the names of the same file
}

// portrait is everything below root, but for unfinished files.
func portrait(t *testing.T, root string) map[string]likeness {
	t.Helper()
	all, firsts := map[string]likeness{}, map[uint64]string{}
	require.NoError(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		require.NoError(t, err)
		rel, err := filepath.Rel(root, path)
		require.NoError(t, err)
		if isTemp(rel) {
			return nil
		}
		info, err := os.Lstat(path)
		require.NoError(t, err)
		l := likenessOf(rel, info, firsts)
		st := info.Sys().(*syscall.Stat_t)
		l.owner = fmt.Sprintf("%d:%d", st.Uid, st.Gid)
		switch mode := info.Mode(); {
		case mode.IsRegular():
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			l.content = summary(data)
		case mode&fs.ModeSymlink != 0:
			l.content, err = os.Readlink(path)
			require.NoError(t, err)
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			l.attributes = attributes(t, path)
		}
		all[rel] = l
		return nil
	}))
	return all
}

// likenessOf is that of what has the name, as far as info tells.
func likenessOf(name string, info fs.FileInfo, firsts map[uint64]string) likeness {
	st := info.Sys().(*syscall.Stat_t)
	if _, met := firsts[st.Ino]; !met {
		firsts[st.Ino] = name
	}
	return likeness{mode: info.Mode(), times: fmt.Sprint(info.ModTime().UnixNano()), first: firsts[st.Ino]}
}

func summary(data []byte) string { return fmt.Sprintf("%d bytes %x", len(data), digestOf(data)) }

// isTemp reports whether it is the name of an unfinished file.
func isTemp(path string) bool {
	ok, _ := filepath.Match(local.TempPattern, filepath.Base(path))
	return ok
}

func digestOf(data []byte) []byte {
	h := digest.XXH3.New()
	h.Write(data)
	return h.Sum(nil)
}

func attributes(t *testing.T, path string) string {
	t.Helper()
	names := make([]byte, 4<<10)
	n, err := unix.Llistxattr(path, names)
	require.NoError(t, err)
	var b strings.Builder
	for name := range strings.FieldsFuncSeq(string(names[:n]), func(r rune) bool { return r == 0 }) {
		value := make([]byte, 4<<10)
		n, err := unix.Lgetxattr(path, name, value)
		require.NoError(t, err)
		fmt.Fprintf(&b, " %s=%x", name, value[:n])
	}
	return b.String()
}
