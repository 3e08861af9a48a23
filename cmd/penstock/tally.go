package main

import (
	"errors"
	"fmt"

	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/manifest"
)

// tally is what a check found, by kind.
type tally struct {
	valid, malformed int // entries and lines of the list
	matched          int
	differing        int
	missing          int
	refused          int // led out of the root
	unreadable       int
	gaveUp           bool // on an error that may pass
}

func (t *tally) add(r batch.Checked) {
	_, outside := errors.AsType[*manifest.OutsideError](r.Err)
	switch {
	case r.Verdict == batch.Matches:
		t.matched++
	case r.Verdict == batch.Differs:
		t.differing++
	case r.Verdict == batch.Missing:
		t.missing++
	case outside:
		t.refused++
	default:
		t.unreadable++
		t.gaveUp = t.gaveUp || gaveUp(r.Err)
	}
}

// verdict prints the summary lines that sha256sum -c prints, and returns what
// the command ends with.
func (c *checking) verdict() error {
	t := c.tally
	warn := func(n int, one, many string) {
		if n > 0 {
			if n == 1 {
				many = one
			}
			c.con.line("WARNING: %d %s", n, many)
		}
	}
	if t.valid == 0 {
		more := ""
		if t.malformed > 0 && !c.warn {
			more = " (-w says what is wrong with each)"
		}
		return &codeError{exitMismatch, fmt.Errorf("%s: no properly formatted checksum lines found%s", quoted(c.list), more)}
	}
	warn(t.malformed, "line is improperly formatted", "lines are improperly formatted")
	warn(t.missing+t.refused+t.unreadable, "listed file could not be read", "listed files could not be read")
	warn(t.differing, "computed checksum did NOT match", "computed checksums did NOT match")
	switch {
	case t.differing+t.missing+t.refused > 0 || c.strict && t.malformed > 0:
		return failed(exitMismatch)
	case t.gaveUp:
		return failed(exitTemporary)
	case t.unreadable > 0:
		return failed(exitPartial)
	case t.matched == 0 && c.status:
		return failed(exitMismatch)
	case t.matched == 0:
		return &codeError{exitMismatch, fmt.Errorf("%s: no file was verified", quoted(c.list))}
	}
	return nil
}
