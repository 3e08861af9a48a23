package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// console is standard error: messages, and below them one line of progress
// that is drawn over and over. It may be used from any goroutine. What cannot
// be written there is lost: there is no other place to say so.
type console struct {
	out   io.Writer
	width func() int // columns of the terminal; nil when it is none

	told <-chan struct{} // closed when the command is told to stop

	mu   sync.Mutex // guards what follows, and keeps lines whole
	live string     // the progress line that is on the screen
	left func()     // takes away what an unfinished command would leave behind
	rest string     // what to know when it is stopped
}

// unfinished says what is to be done if the command is stopped and cannot be
// waited for, and what to tell whoever stopped it.
func (c *console) unfinished(undo func(), rest string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.rest = undo, rest
}

func (c *console) undo() {
	c.mu.Lock()
	f := c.left
	c.mu.Unlock()
	if f != nil {
		f()
	}
}

func newConsole(f *os.File) *console {
	c := &console{out: f, rest: "what was printed so far is right, run it again, and it continues"}
	if fd := int(f.Fd()); term.IsTerminal(fd) {
		c.width = func() int {
			w, _, err := term.GetSize(fd)
			if err != nil || w <= 0 {
				return 80
			}
			return w
		}
	}
	return c
}

// canRedraw reports whether a line can be drawn over: a terminal that understands
// how.
func (c *console) canRedraw() bool {
	return c.width != nil && os.Getenv("TERM") != "dumb"
}

// line prints one message. Its arguments are expected to be safe to show.
func (c *console) line(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	live := c.live
	c.eraseLocked()
	_, _ = fmt.Fprintf(c.out, "penstock: "+format+"\n", args...)
	c.drawLocked(live)
}

// draw shows s as the progress line in place of the one before, cut so that it
// never wraps: a line that wraps cannot be drawn over.
func (c *console) draw(s string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cut := c.cut(s); cut != c.live {
		c.eraseLocked()
		c.drawLocked(cut)
	}
}

// close takes the progress line away.
func (c *console) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.eraseLocked()
}

func (c *console) cut(s string) string {
	if c.width == nil {
		return s
	}
	// The last column stays free: some terminals wrap when it is written to.
	if room := max(c.width()-1, 0); len(s) > room {
		return s[:room] // progress lines are ASCII
	}
	return s
}

func (c *console) drawLocked(s string) {
	if s != "" {
		_, _ = io.WriteString(c.out, s)
		c.live = s
	}
}

func (c *console) eraseLocked() {
	if c.live != "" {
		// Blanks and not an escape sequence, which --progress always would put into
		// a file; no more than the window has room for, if it has shrunk.
		_, _ = io.WriteString(c.out, "\r"+c.cut(strings.Repeat(" ", len(c.live)))+"\r")
		c.live = ""
	}
}
