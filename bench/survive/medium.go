package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// medium is a file system of our own, mounted on dir.
type medium struct {
	dir     string
	kind    string // "tmpfs" or "ext4"
	from    string // what is mounted
	image   string // the file that it is in; empty for none
	options string
}

// newTmpfs mounts so many bytes of memory.
func newTmpfs(ctx context.Context, dir string, bytes int64) (*medium, error) {
	m := &medium{dir: dir, kind: "tmpfs", from: "tmpfs", options: "size=" + strconv.FormatInt(bytes, 10)}
	return m.begin(ctx, func() error { return nil })
}

// newExt4 makes an ext4 of so many bytes in a file, and mounts it by a loop device, which
// it keeps: by another one its files would be those of another device.
func newExt4(ctx context.Context, dir string, bytes int64) (*medium, error) {
	m := &medium{dir: dir, kind: "ext4", image: dir + ".image", options: "defaults"}
	return m.begin(ctx, func() error {
		if err := errors.Join(os.WriteFile(m.image, nil, 0o600), os.Truncate(m.image, bytes)); err != nil {
			return err
		}
		err := tool(ctx, "mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", m.image)
		if err == nil {
			m.from, err = output(ctx, "losetup", "--find", "--show", m.image)
		}
		return err
	})
}

// begin makes the file system and mounts it. There is none where it returns an error.
func (m *medium) begin(ctx context.Context, format func() error) (*medium, error) {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		return nil, errors.New("mounting needs Linux and root")
	}
	err := os.MkdirAll(m.dir, 0o755)
	if err == nil {
		err = format()
	}
	if err == nil {
		err = m.mount(ctx)
	}
	if err != nil {
		m.detach(ctx)
		return nil, err
	}
	return m, nil
}

func (m *medium) mount(ctx context.Context) error {
	return tool(ctx, "mount", "-t", m.kind, "-o", m.options, m.from, m.dir)
}

// remount changes the options.
func (m *medium) remount(ctx context.Context, options string) error {
	return tool(ctx, "mount", "-o", "remount,"+options, m.dir)
}

// again takes the file system away and mounts it once more, which replays its journal.
func (m *medium) again(ctx context.Context) error {
	if err := m.unmount(ctx); err != nil {
		return err
	}
	return m.mount(ctx)
}

// unmount tries for a while: what has been killed may not be gone for good.
func (m *medium) unmount(ctx context.Context) (err error) {
	for range 50 {
		if err = tool(ctx, "umount", m.dir); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

// close leaves nothing behind.
func (m *medium) close(ctx context.Context) {
	if m == nil {
		return
	}
	if err := m.unmount(context.WithoutCancel(ctx)); err != nil {
		fmt.Fprintln(os.Stderr, "survive:", err)
	}
	m.detach(ctx)
}

// detach gives the loop device back.
func (m *medium) detach(ctx context.Context) {
	if m.image == "" {
		return
	}
	if m.from != "" {
		if err := tool(context.WithoutCancel(ctx), "losetup", "--detach", m.from); err != nil {
			fmt.Fprintln(os.Stderr, "survive:", err)
		}
	}
	_ = os.Remove(m.image)
}

func tool(ctx context.Context, name string, args ...string) error {
	_, err := output(ctx, name, args...)
	return err
}

// output is the first line that a tool prints.
func output(ctx context.Context, name string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", name, err, first)
	}
	return first, nil
}

// ballast is what fills a medium up.
func (m *medium) ballast() string { return filepath.Join(m.dir, "ballast") }

// fill leaves so many bytes of room.
func (m *medium) fill(room int64) error {
	f, err := os.OpenFile(m.ballast(), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	var at int64
	for block := make([]byte, mib); len(block) > 0; {
		n, err := f.WriteAt(block, at)
		if at += int64(n); err != nil {
			block = block[:len(block)/2] // to the last byte
		}
	}
	if room > 0 {
		err = errors.Join(f.Truncate(at-room), f.Sync())
	}
	return errors.Join(err, f.Close())
}
