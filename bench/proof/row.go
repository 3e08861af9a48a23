// Package proof prints what was wanted beside what was measured.
package proof

import "fmt"

// Header is the head of the Markdown table that rows are lines of.
const Header = "| what | wanted | measured | met |\n|---|---|---|---|"

// Row is one line of the table.
type Row struct {
	What, Wanted, Measured string
	Met                    bool
	Skipped                string // why it was not tried; empty where it was
}

// Missed reports whether it was tried and is not what was wanted.
func (r Row) Missed() bool { return r.Skipped == "" && !r.Met }

// String is the line, without its end.
func (r Row) String() string {
	met := "yes"
	switch {
	case r.Skipped != "":
		r.Measured, met = "did not run: "+r.Skipped, ""
	case !r.Met:
		met = "**no**"
	}
	return fmt.Sprintf("| %s | %s | %s | %s |", r.What, r.Wanted, r.Measured, met)
}
