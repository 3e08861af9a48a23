package main

import (
	"fmt"
	"slices"
	"strings"
)

// choiceFlag is a flag that takes one of a few words.
type choiceFlag struct {
	value   string
	choices []string
	example string
}

func (f *choiceFlag) String() string { return f.value }
func (f *choiceFlag) Type() string   { return strings.Join(f.choices, "|") }

func (f *choiceFlag) Set(s string) error {
	if !slices.Contains(f.choices, s) {
		return fmt.Errorf("must be one of %s; for example %s", strings.Join(f.choices, ", "), f.example)
	}
	f.value = s
	return nil
}

func (f *choiceFlag) suggestions() []string { return f.choices }
