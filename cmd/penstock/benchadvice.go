package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/penstock-go/penstock/bench"
)

// advice are the fastest settings of each kind of work, as command lines that can be
// pasted. Where the cold cache was measured it is what counts, being the storage.
func (b *benching) advice(report *bench.Report) []bench.Advice {
	all := groups(report)
	cold := map[string]bool{} // of what the cold cache was measured
	more := false             // than reading was measured
	for _, g := range all {
		if g.Measured() {
			cold[uncached(g)] = cold[uncached(g)] || g.Setting(settingCache) == cacheCold
			more = more || g.Setting(settingWork) != workRead
		}
	}
	var advice []bench.Advice
	for _, g := range all {
		best := bench.Best(g.Results)
		warmer := cold[uncached(g)] && g.Setting(settingCache) != cacheCold
		if best == nil || warmer || more && g.Setting(settingWork) == workRead {
			continue
		}
		advice = append(advice, bench.Advice{
			For:     fmt.Sprintf("%s: %s/s", groupTitle(g), bytesText(best.Throughput().Median)),
			Command: b.commandFor(g, best), Variant: best.Name,
		})
	}
	return advice
}

// uncached is a group's settings but for the cache.
func uncached(g bench.Group) string { return g.Setting(settingWork) + " " + g.Setting(settingDigests) }

// commandFor does a group's work with the settings of one of its variants.
func (b *benching) commandFor(g bench.Group, r *bench.Result) string {
	words := []string{"penstock", "sum"}
	if g.Setting(settingWork) == workCopy {
		words[1] = "copy"
	}
	if n := r.Setting(settingStreams); n != automatic {
		words = append(words, "-j", n)
	}
	if size := r.Setting(settingChunk); size != automatic {
		words = append(words, "--chunk", size)
	}
	if digests := g.Setting(settingDigests); digests != "" {
		words = append(words, "-a", digests)
	}
	words = append(words, argument(b.path))
	if g.Setting(settingWork) == workCopy {
		words = append(words, argument(b.copyOf()))
	}
	return shellWords(words)
}

// copyOf is a place for a copy of what is measured where the copies were made.
func (b *benching) copyOf() string {
	name := filepath.Base(b.path)
	above := filepath.Dir(filepath.Clean(b.path))
	if name == "." || name == ".." { // called by no name of its own
		above = filepath.Join(b.path, "..")
		if abs, err := filepath.Abs(b.path); err == nil {
			name = filepath.Base(abs)
		}
	}
	if b.to != "" {
		above = b.to
	}
	return filepath.Join(above, strings.Trim(name, string(filepath.Separator))+"-copy")
}

// argument is a path that no command takes for a flag, or for standard input.
func argument(path string) string {
	if strings.HasPrefix(path, "-") {
		return "." + string(filepath.Separator) + path
	}
	return path
}

// notes are what there is to know about the figures of a sweep that err has ended.
func (b *benching) notes(report *bench.Report, err error) []string {
	var notes []string
	add := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if b.subject.more {
		add("the first %s of the tree were taken", plural(mostFiles, "file"))
	}
	if b.subject.cached {
		add("a cold cache was not measured: the file system, or the system, does not let go of what is in it")
	}
	switch n := report.Unmeasured(); {
	case n > 0 && err == nil:
		add("%d of %s were not reached in %s: raise --for, or measure less", n,
			plural(int64(len(report.Results)), "combination"), &b.time)
	case err != nil:
		add("it was ended early")
	}
	return notes
}
