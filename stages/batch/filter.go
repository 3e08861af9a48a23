package batch

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Filter chooses by name among what is found. The zero value takes everything.
//
// A pattern is a doublestar glob: * and ? within one name, ** across names,
// [a-z] and {one,other}. It is matched against the path below the argument that
// was walked. One without a slash in it is matched against the last name alone,
// at any depth: *.iso, node_modules. A slash in front ties it to the argument
// itself: /build. A slash at its end makes it match directories only.
type Filter struct {
	// Include keeps the files that match one of these, and none other; a
	// pattern that ends in a slash keeps what is in that directory. Empty keeps
	// all.
	Include []string
	// Exclude leaves out what matches one of these, whatever Include says; a
	// directory goes with all that is in it, unread.
	Exclude []string
}

// errPattern is followed by an example, since the glob library says no more
// than that the pattern is wrong.
var errPattern = errors.New("is no glob: a bracket or brace is not closed, or a backslash ends it")

// pattern is one glob, taken apart once.
type pattern struct {
	glob      string
	nameOnly  bool // matched against the last name
	directory bool // matches directories only
}

// filter is a Filter whose patterns were checked.
type filter struct {
	include, exclude []pattern
}

// compile reports every bad pattern at once.
func (f Filter) compile() (filter, error) {
	var faults []error
	each := func(what string, globs []string) []pattern {
		patterns := make([]pattern, 0, len(globs))
		for _, glob := range globs {
			p, err := compile(glob)
			if err != nil {
				faults = append(faults, fmt.Errorf("%s pattern %q %w", what, glob, err))
			}
			patterns = append(patterns, p)
		}
		return patterns
	}
	c := filter{include: each("include", f.Include), exclude: each("exclude", f.Exclude)}
	for i, p := range c.include {
		if p.directory {
			c.include[i] = p.below()
		}
	}
	return c, errors.Join(faults...)
}

func compile(glob string) (pattern, error) {
	p := pattern{glob: strings.TrimPrefix(glob, "./")}
	if trimmed := strings.TrimRight(p.glob, "/"); trimmed != p.glob {
		p.glob, p.directory = trimmed, true
	}
	p.nameOnly = !strings.Contains(p.glob, "/")
	p.glob = strings.TrimLeft(p.glob, "/")
	switch {
	case p.glob == "":
		return p, errors.New("is empty")
	case !doublestar.ValidatePattern(p.glob):
		return p, errPattern
	}
	return p, nil
}

// below is the pattern of all that is in the directories that p names.
func (p pattern) below() pattern {
	glob := p.glob + "/**"
	if p.nameOnly {
		glob = "**/" + glob
	}
	return pattern{glob: glob}
}

func (p pattern) matches(path, name string, isDir bool) bool {
	switch {
	case p.directory && !isDir:
		return false
	case p.nameOnly:
		return doublestar.MatchUnvalidated(p.glob, name)
	default:
		return doublestar.MatchUnvalidated(p.glob, path)
	}
}

// all says that nothing is left out, so that no path need be put together.
func (f filter) all() bool { return len(f.include) == 0 && len(f.exclude) == 0 }

// keeps says whether path, below the argument, is wanted; name is its last part.
func (f filter) keeps(path, name string, isDir bool) bool {
	for _, p := range f.exclude {
		if p.matches(path, name, isDir) {
			return false
		}
	}
	if isDir || len(f.include) == 0 {
		return true
	}
	for _, p := range f.include {
		if p.matches(path, name, isDir) {
			return true
		}
	}
	return false
}
