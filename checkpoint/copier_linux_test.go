package checkpoint_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
)

const (
	chunkSize = 96 // no multiple of what a power cut tears
	finalName = "final"
)

// copier copies one source in the order that the package's comment gives, with as
// little else as it can.
type copier struct {
	source      []byte
	identity    checkpoint.Identity
	state, dest disk.Directory
	temps       *int  // how many temporary names there were
	every       int64 // chunks from record to record

	store     *checkpoint.FileStore
	record    checkpoint.Record
	saved     checkpoint.State // the last
	safe      int64            // its offset
	resumed   int64            // where it went on; 0 where it did not
	published bool             // without copying anything
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// run is one process that copies, or goes on, until it is done.
func (c *copier) run(ctx context.Context) error {
	c.store = checkpoint.NewFileStore(c.state)
	r, err := c.store.Load(ctx, "stream")
	known := &r
	if errors.Is(err, checkpoint.ErrNotFound) {
		known = nil
	} else if err != nil {
		return err
	}
	temp, err := look(c.dest, r.Temp.Path)
	if err != nil {
		return err
	}
	final, err := look(c.dest, finalName)
	if err != nil {
		return err
	}
	d := checkpoint.Recover(known, temp, final, c.identity)
	c.record = r
	return c.act(ctx, d)
}

// act does what the decision allows, and all that follows.
func (c *copier) act(ctx context.Context, d checkpoint.Decision) error {
	steps := []func(context.Context) error{c.create, c.copy, c.publish, c.finish, c.forget}
	switch d.Action {
	case checkpoint.Start, checkpoint.Refuse:
		if err := c.store.Delete(ctx, "stream"); err != nil {
			return err
		}
	case checkpoint.Continue:
		c.resumed, steps = d.Offset, steps[1:]
	case checkpoint.Publish:
		c.published, steps = true, steps[2:]
	case checkpoint.Finish:
		c.published, steps = true, steps[3:]
	case checkpoint.AlreadyDone:
		c.published, steps = true, steps[4:]
	}
	if d.RemoveTemp {
		if err := c.dest.Remove(c.record.Temp.Path); err != nil {
			return err
		}
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (c *copier) create(context.Context) error {
	*c.temps++
	c.record = checkpoint.Record{
		Stream: "stream", Source: checkpoint.File{Path: "source", Identity: c.identity}, Destination: finalName,
		Temp: checkpoint.File{Path: fmt.Sprintf("temp-%d", *c.temps)},
	}
	f, err := c.dest.OpenFile(c.record.Temp.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return disk.SyncNames(c.dest)
}

// copy goes on at the record's offset. Its digest is a CRC-32C.
func (c *copier) copy(ctx context.Context) error {
	f, err := c.dest.OpenFile(c.record.Temp.Path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Truncate(c.record.Offset); err != nil {
		return err
	}
	var sum uint32
	if len(c.record.Digests) > 0 {
		sum = binary.BigEndian.Uint32(c.record.Digests[0].State)
	}
	for c.record.Offset < int64(len(c.source)) {
		chunk := c.source[c.record.Offset:min(c.record.Offset+chunkSize, int64(len(c.source)))]
		if _, err := f.WriteAt(chunk, c.record.Offset); err != nil {
			return err
		}
		sum = crc32.Update(sum, castagnoli, chunk)
		c.record.Offset += int64(len(chunk))
		c.record.Chunk++
		c.record.Digests = []checkpoint.DigestState{{Algorithm: "CRC32C", State: binary.BigEndian.AppendUint32(nil, sum)}}
		if c.record.Chunk%c.every == 0 {
			if err := c.mark(ctx, f, checkpoint.Copying); err != nil {
				return err
			}
		}
	}
	if err := c.dest.Chtimes(c.record.Temp.Path, time.Unix(7, 0), time.Unix(7, 0)); err != nil {
		return err
	}
	return c.mark(ctx, f, checkpoint.Synced)
}

// mark syncs, and then saves the record.
func (c *copier) mark(ctx context.Context, f disk.File, state checkpoint.State) error {
	if err := f.Sync(); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	c.record.Temp.Identity = identityOf(info)
	return c.save(ctx, state)
}

func (c *copier) save(ctx context.Context, state checkpoint.State) error {
	c.record.State, c.record.Time = state, time.Unix(1e9, 0)
	if err := c.store.Save(ctx, c.record); err != nil {
		return err
	}
	c.saved, c.safe = state, c.record.Offset
	return nil
}

func (c *copier) publish(ctx context.Context) error {
	if err := c.dest.Rename(c.record.Temp.Path, finalName); err != nil {
		return err
	}
	return c.save(ctx, checkpoint.Renamed)
}

func (c *copier) finish(ctx context.Context) error {
	if err := disk.SyncNames(c.dest); err != nil {
		return err
	}
	return c.save(ctx, checkpoint.Done)
}

// forget deletes the record of a copy whose digest is that of the source.
func (c *copier) forget(ctx context.Context) error {
	want := binary.BigEndian.AppendUint32(nil, crc32.Checksum(c.source, castagnoli))
	if !bytes.Equal(want, c.record.Digests[0].State) {
		return errors.New("the digest is not the source's")
	}
	return c.store.Delete(ctx, "stream")
}

func look(d disk.Directory, name string) (checkpoint.Found, error) {
	info, err := d.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return checkpoint.Found{}, nil
	}
	if err != nil {
		return checkpoint.Found{}, err
	}
	return checkpoint.Found{Exists: true, Identity: identityOf(info)}, nil
}

func identityOf(info fs.FileInfo) checkpoint.Identity {
	st := info.Sys().(*syscall.Stat_t)
	return checkpoint.Identity{
		Device: st.Dev, Inode: st.Ino, Size: st.Size, ModTime: st.Mtim.Nano(), ChangeTime: st.Ctim.Nano(),
	}
}

// machine is what outlives a process: the source and two disks, of which the one
// with the destination may hold an earlier file under its name.
type machine struct {
	source      []byte
	identity    checkpoint.Identity
	state, dest *disktest.Losing
	temps       int
}

const oldContent = "what was there before"

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{source: make([]byte, 1000), state: disktest.NewLosing(), dest: disktest.NewLosing()}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range m.source {
		m.source[i] = byte(1 + random.IntN(255)) // no zeros, which a lost block has
	}
	m.identity = checkpoint.Identity{Device: 1, Inode: 1, Size: int64(len(m.source)), ModTime: 1, ChangeTime: 1}
	f, err := m.dest.OpenFile(finalName, os.O_WRONLY|os.O_CREATE, 0o600)
	require.NoError(t, err)
	_, err = f.WriteAt([]byte(oldContent), 0)
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	require.NoError(t, disk.SyncNames(m.dest))
	return m
}

// process begins one on the machine, for which calls fail as failing says.
func (m *machine) process(failing *disktest.Failing) *copier {
	return &copier{
		source: m.source, identity: m.identity, temps: &m.temps, every: 3,
		state: failing.Wrap(m.state), dest: failing.Wrap(m.dest),
	}
}

// powerCut is the machine after one, with another seed for each disk.
func (m *machine) powerCut(seed uint64) *machine {
	after := *m
	after.state, after.dest = m.state.Crash(seed), m.dest.Crash(seed+1e6)
	return &after
}

func (m *machine) final(t *testing.T) string {
	t.Helper()
	f, err := m.dest.OpenFile(finalName, os.O_RDONLY, 0)
	require.NoError(t, err)
	content, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<20))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return string(content)
}

// checkWhole wants the final name to lead to a whole file, old or new, and to the
// new one if the record says so or the copier did.
func (m *machine) checkWhole(t *testing.T, done bool, where string) {
	t.Helper()
	r, err := checkpoint.NewFileStore(m.state).Load(t.Context(), "stream")
	done = done || err == nil && r.State == checkpoint.Done
	content := m.final(t)
	if done || content != oldContent {
		require.Equal(t, string(m.source), content, "%s: done %v", where, done)
	}
}

// finish runs the copier to its end.
func (m *machine) finish(t *testing.T, where string) *copier {
	t.Helper()
	c := m.process(&disktest.Failing{})
	require.NoError(t, c.run(t.Context()), where)
	m.checkWhole(t, true, where)
	_, err := checkpoint.NewFileStore(m.state).Load(t.Context(), "stream")
	require.ErrorIs(t, err, checkpoint.ErrNotFound, where)
	return c
}
