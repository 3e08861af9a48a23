package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"golang.org/x/term"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// output is where results go: standard output as they come, or a file that is
// there whole once all is done, and not at all otherwise. Writing and flushing
// may be done from different goroutines.
type output struct {
	mu       sync.Mutex // guards w
	w        *bufio.Writer
	name     string                // as errors call it
	file     *local.Sink           // nil for standard output
	terminal bool                  // somebody looks at it
	own      []checkpoint.Identity // the file, as it was and as it will be: no walk takes them
	replaces bool                  // there was a file that held something
}

// bufferSize is how much of the results waits to be written, bytes.
const bufferSize = 64 << 10

// standardOutput is the output of results as they come. Where it leads nowhere
// con is told, with what else can be done: that a shell closed it cannot be told
// from a program's /dev/null (see nowhere), so it is no error.
func standardOutput(stdout *os.File, con *console, instead string) *output {
	if nowhere(stdout) {
		con.line("standard output is closed, or is /dev/null: the results go nowhere; %s", instead)
	}
	o := &output{name: "standard output", terminal: term.IsTerminal(int(stdout.Fd()))}
	if o.w = bufio.NewWriterSize(stdout, bufferSize); o.terminal && con.width != nil {
		o.w = bufio.NewWriterSize(sharedTerminal{stdout, con}, bufferSize)
	}
	if now, err := local.StatFile(stdout); err == nil && now.Mode.IsRegular() {
		o.own = append(o.own, now.Identity)
	}
	return o
}

// fileOutput is the output of a list that appears under path when it is
// complete. What the owner has left unfinished of it before is removed.
func fileOutput(ctx context.Context, path, owner string) (*output, error) {
	o := &output{name: quoted(path)}
	if before, err := local.Stat(ctx, path); err == nil {
		o.own = append(o.own, before.Identity)
		o.replaces = before.Identity.Size > 0
	}
	var err error
	if o.file, err = local.CreateOwned(ctx, path, owner); err != nil {
		return nil, fatal(fmt.Errorf("write %s: %w", o.name, writing.on(err)))
	}
	if now, err := o.file.Identity(ctx); err == nil {
		o.own = append(o.own, now)
	}
	o.w = bufio.NewWriterSize(o.file, bufferSize)
	return o, nil
}

// isOutput reports whether a path is the file that is to be written, under whatever
// name.
func isOutput(path, output string) bool {
	if output == "" || path == "-" {
		return false
	}
	named, err := os.Stat(path)
	if err != nil {
		return filepath.Clean(path) == filepath.Clean(output) // which is not there yet
	}
	own, err := os.Stat(output)
	return err == nil && named.Mode().IsRegular() && os.SameFile(own, named)
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	shown := p
	if o.terminal {
		shown = visible(p)
	}
	if len(shown) > o.w.Available() {
		_ = o.w.Flush() // whole lines; an error is Write's as well
	}
	if _, err := o.w.Write(shown); err != nil {
		return 0, o.failure(err)
	}
	return len(p), nil
}

// sharedTerminal writes results to the terminal that the console draws on as well: two
// terminals, which cannot be told from one, are not harmed by it.
type sharedTerminal struct {
	io.Writer
	con *console
}

func (a sharedTerminal) Write(p []byte) (n int, err error) {
	err = a.con.above(func() error {
		n, err = a.Writer.Write(p)
		return err
	})
	return n, err
}

// flush hands on what is buffered, so that whoever reads the results sees them
// soon. An error is not lost: bufio returns it again at the next write.
func (o *output) flush() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.failure(o.w.Flush())
}

// commit ends the output: a file gets its name.
func (o *output) commit(ctx context.Context) error {
	if err := o.flush(); err != nil {
		return err
	}
	if o.file == nil {
		return nil
	}
	return o.failure(o.file.Commit(ctx))
}

// abort takes away what was not committed.
func (o *output) abort(ctx context.Context) {
	if o.file != nil {
		_ = o.file.Abort(context.WithoutCancel(ctx)) // the error that led here has been told
	}
}

// failure is fatal, and quiet when whoever read the output has had enough.
func (o *output) failure(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EPIPE) && o.file == nil:
		return failed(exitPipe)
	}
	return fatal(fmt.Errorf("write %s: %w", o.name, writing.on(err)))
}
