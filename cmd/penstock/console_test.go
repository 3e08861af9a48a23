package main

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// screen is a terminal of some width, as far as progress needs one: text, \n and
// \r. A character in the last column wraps.
type screen struct {
	width   int
	lines   []string
	column  int
	wrapped int // how often a line did not fit
}

func newScreen(width int) *screen { return &screen{width: width, lines: []string{""}} }

func (s *screen) Write(p []byte) (int, error) {
	for _, r := range string(p) {
		switch r {
		case '\r':
			s.column = 0
		case '\n':
			s.feed()
		default:
			s.put(r)
		}
	}
	return len(p), nil
}

func (s *screen) feed() {
	s.lines = append(s.lines, "")
	s.column = 0
}

func (s *screen) put(r rune) {
	last := &s.lines[len(s.lines)-1]
	line := []rune(*last)
	for len(line) <= s.column {
		line = append(line, ' ')
	}
	line[s.column] = r
	*last = string(line)
	if s.column++; s.column == s.width {
		s.wrapped++
		s.feed()
	}
}

// shown is what a person sees: lines without the blanks at their ends.
func (s *screen) shown() []string {
	var lines []string
	for _, line := range s.lines {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

func (s *screen) console() *console {
	return &console{out: s, width: func() int { return s.width }}
}

// TestProgressNeverWraps: what there is no room for is left out part by part, from
// the right.
func TestProgressNeverWraps(t *testing.T) {
	parts := []string{" 12%", "1.00 GiB of 100 GiB", "100 MiB/s", "ETA 2m05s", "7 files", "2 streams", "RSS 20.1 MiB"}
	whole := strings.Join(parts, "  ")
	for width := range len(whole) + 3 {
		s := newScreen(width)
		c := s.console()
		for n := range len(parts) + 1 { // longer and longer, and short again
			c.draw(parts[:n]...)
			c.draw("x")
			c.line("m")
			s.lines, s.wrapped = []string{s.lines[len(s.lines)-1]}, 0
		}
		c.draw(parts...)
		require.Zero(t, s.wrapped, width)
		require.Len(t, s.lines, 1, width)
		shown := s.shown()[0]
		switch {
		case width > len(whole):
			require.Equal(t, whole, shown)
		case width > len(parts[0]):
			require.True(t, strings.HasPrefix(whole, shown+"  "), "%d: %q", width, shown)
			next, _, _ := strings.Cut(strings.TrimPrefix(whole, shown+"  "), "  ")
			require.GreaterOrEqual(t, len(shown)+len("  ")+len(next), width, "there was room for more")
		default:
			require.Empty(t, shown)
		}
		c.close()
		require.Equal(t, []string{""}, s.shown(), "nothing of it is left")
	}
}

// TestProgressNeverWrapsAfterTheWindowShrank: what is on the screen may be wider
// than the screen is now; what is written to it must not be.
func TestProgressNeverWrapsAfterTheWindowShrank(t *testing.T) {
	s := newScreen(80)
	c := s.console()
	c.draw(strings.Repeat("x", 30), strings.Repeat("x", 30))
	s.width = 40
	s.column = 0 // the terminal has wrapped it by itself; here it begins anew
	c.line("a message")
	c.draw("short")
	c.draw(strings.Repeat("y", 30), strings.Repeat("y", 30))
	c.close()
	require.Zero(t, s.wrapped)
}

func TestMessagesStandAboveProgress(t *testing.T) {
	s := newScreen(40)
	c := s.console()
	c.draw("10% of it")
	c.line("%s: %s", "file", "no such file")
	c.draw("20%")
	c.line("done")
	require.Equal(t, []string{"penstock: file: no such file", "penstock: done", "20%"}, s.shown())
	c.close()
	require.Equal(t, []string{"penstock: file: no such file", "penstock: done", ""}, s.shown())
}

// Results that come on the same terminal stand above the progress line as well,
// each whole.
func TestResultsStandAboveProgress(t *testing.T) {
	s := newScreen(40)
	c := s.console()
	results := &output{w: bufio.NewWriterSize(sharedTerminal{s, c}, 64), terminal: true}
	var want []string
	for n := range 100 {
		c.draw(fmt.Sprintf("%d%%", n), "of it")
		line := strings.Repeat(fmt.Sprint(n%10), 1+n%39)
		want = append(want, line)
		_, err := fmt.Fprintln(results, line)
		require.NoError(t, err)
		if n%7 == 0 {
			require.NoError(t, results.flush())
			require.Equal(t, append(slices.Clip(want), fmt.Sprintf("%d%%  of it", n)), s.shown())
		}
	}
	require.NoError(t, results.flush())
	c.close()
	require.Equal(t, append(want, ""), s.shown())
}

func TestConsoleDrawsWhatChangedOnly(t *testing.T) {
	var out bytes.Buffer
	c := &console{out: &out, width: func() int { return 80 }}
	c.draw("same")
	before := out.Len()
	c.draw("same")
	require.Equal(t, before, out.Len())
	c.close()
	before = out.Len()
	c.close()
	require.Equal(t, before, out.Len())
}

func TestConsoleKeepsLinesWhole(t *testing.T) {
	s := newScreen(80)
	c := s.console()
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for n := range 50 {
				c.draw(fmt.Sprintf("progress %d %d", g, n))
				c.line("message %d %d", g, n)
			}
		})
	}
	all.Wait()
	c.close()
	lines := s.shown()
	require.Len(t, lines, 8*50+1)
	for _, line := range lines[:8*50] {
		require.Regexp(t, `^penstock: message \d \d+$`, line)
	}
}

func TestCanRedrawNeedsATerminalThatUnderstands(t *testing.T) {
	t.Setenv("TERM", "xterm-256color")
	require.True(t, newScreen(80).console().canRedraw())
	require.False(t, (&console{out: &bytes.Buffer{}}).canRedraw(), "no terminal")
	t.Setenv("TERM", "dumb")
	require.False(t, newScreen(80).console().canRedraw())
}

// TestNothingIsColoured is how NO_COLOR is honoured: there is nothing to switch
// off, with it or without.
func TestNothingIsColoured(t *testing.T) {
	var out bytes.Buffer
	c := &console{out: &out, width: func() int { return 80 }}
	c.draw("progress")
	c.line("message")
	c.close()
	require.NotContains(t, out.String(), "\x1b")
}
