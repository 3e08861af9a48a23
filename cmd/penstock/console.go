package main

import (
	"fmt"
	"io"
	"math"
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

	mute bool // line prints nothing; set before there are any messages

	mu    sync.Mutex // guards what follows, and keeps lines whole
	parts []string   // of the progress line, where there is one
	live  string     // what of it is on the screen
	left  func()     // takes away what an unfinished command would leave behind
	rest  string     // what to know when it is stopped

	continues func() bool // whether the same command would go on in the middle; nil where rest says all
}

// unfinished says what is to be done if the command is stopped and cannot be
// waited for, and what to tell whoever stopped it.
func (c *console) unfinished(undo func(), rest string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.rest, c.continues = undo, rest, nil
}

// again is unfinished for a command that goes on in the middle of files of which
// records are kept, as far as there are any by then.
func (c *console) again(undo func(), rest string, continues func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.rest, c.continues = undo, rest+", run it again", continues
}

// howToGoOn is what to know when the command is stopped.
func (c *console) howToGoOn() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.continues == nil:
		return c.rest
	case c.continues():
		return c.rest + ", and it continues"
	default:
		return c.rest + ", and it begins anew"
	}
}

func (c *console) undo() {
	c.mu.Lock()
	f := c.left
	c.mu.Unlock()
	if f != nil {
		f()
	}
}

// printedIsRight is so of results that are printed as they come.
const printedIsRight = "what was printed so far is right"

func newConsole(f *os.File) *console {
	c := &console{out: f, rest: printedIsRight + ", run it again"}
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
	if !c.mute {
		c.say(format, args...)
	}
}

// say prints a message that nothing keeps back: how the command ends, and what was
// asked for.
func (c *console) say(format string, args ...any) {
	_ = c.above(func() error {
		_, err := fmt.Fprintf(c.out, "penstock: "+format+"\n", args...)
		return err
	})
}

// above calls write, which writes whole lines on the same screen, with the progress
// line out of the way.
func (c *console) above(write func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.eraseLocked()
	defer c.drawLocked()
	return write()
}

// draw shows parts as the progress line in place of the one before, as many of them
// as there is room for: a line that wraps cannot be drawn over. They are ASCII.
func (c *console) draw(parts ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parts = parts
	if c.fit() != c.live {
		c.eraseLocked()
		c.drawLocked()
	}
}

// close takes the progress line away.
func (c *console) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parts = nil
	c.eraseLocked()
}

// partGap stands between the parts of the progress line.
const partGap = "  "

// fit is the progress line without the parts at its end that there is no room for.
func (c *console) fit() string {
	parts := c.parts
	for {
		s := strings.Join(parts, partGap)
		if len(s) <= c.room() {
			return s
		}
		parts = parts[:len(parts)-1]
	}
}

// room is how long the progress line may be. The last column stays free: some
// terminals wrap when it is written to.
func (c *console) room() int {
	if c.width == nil {
		return math.MaxInt
	}
	return max(c.width()-1, 0)
}

func (c *console) drawLocked() {
	if c.live = c.fit(); c.live != "" {
		_, _ = io.WriteString(c.out, c.live)
	}
}

func (c *console) eraseLocked() {
	if c.live != "" {
		// Blanks and not an escape sequence, which --progress always would put into
		// a file; no more than the window has room for, if it has shrunk.
		_, _ = io.WriteString(c.out, "\r"+strings.Repeat(" ", min(len(c.live), c.room()))+"\r")
		c.live = ""
	}
}
