package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

// listing is a list on its way to an output.
type listing struct {
	*manifest.Writer
	form manifest.Format
	out  *output
}

// add hands an entry to the output's own buffer, which is written out ten times a
// second: who reads along does not wait for the next file.
func (l listing) add(e manifest.Entry) error {
	if l.out.terminal {
		if lines := l.shown(e); lines != "" {
			_, err := io.WriteString(l.out, lines)
			return err
		}
	}
	return cmp.Or(l.Write(e), l.Flush())
}

// sumsOf are the values of the algorithms as a list has them.
func sumsOf(algorithms []digest.Algorithm, values [][]byte) []manifest.Sum {
	sums := make([]manifest.Sum, len(values))
	for i, value := range values {
		sums[i] = manifest.Sum{Algorithm: algorithms[i], Value: value}
	}
	return sums
}

// shown is an entry for somebody who looks at it: a name that would do something to
// the terminal is quoted, as in messages. It is empty for any other, and for the
// forms that have their own way with names.
func (l listing) shown(e manifest.Entry) string {
	escaped := strings.NewReplacer("\n", "", "\r", "").Replace(e.Name) // as the list does
	if plain(escaped) || l.form != manifest.GNU && l.form != manifest.BSD {
		return ""
	}
	var lines strings.Builder
	for _, s := range e.Sums {
		if l.form == manifest.GNU {
			fmt.Fprintf(&lines, "%x  %s\n", s.Value, quoted(e.Name))
		} else {
			fmt.Fprintf(&lines, "%s (%s) = %x\n", s.Algorithm.Tag(), quoted(e.Name), s.Value)
		}
	}
	return lines.String()
}
