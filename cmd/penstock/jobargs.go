package main

import (
	"strings"

	"github.com/spf13/pflag"
)

// withoutFlag is a command line without a flag that takes no value of its own, as
// --name or --name=false. What only looks like it stays: the value of another flag,
// and what comes after --.
func withoutFlag(flags *pflag.FlagSet, args []string, name string) []string {
	var kept []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			return append(kept, args[i:]...)
		case arg == "--"+name, strings.HasPrefix(arg, "--"+name+"="):
			continue
		}
		kept = append(kept, arg)
		if i+1 < len(args) && valueFollows(flags, arg) {
			i++
			kept = append(kept, args[i])
		}
	}
	return kept
}

// valueFollows reports whether arg is a flag, or several of one letter, whose value is
// the next argument.
func valueFollows(flags *pflag.FlagSet, arg string) bool {
	if long, ok := strings.CutPrefix(arg, "--"); ok {
		f := flags.Lookup(long) // nothing where the value is in it, after =
		return f != nil && f.NoOptDefVal == ""
	}
	letters, ok := strings.CutPrefix(arg, "-")
	for ok && letters != "" {
		f := flags.ShorthandLookup(letters[:1])
		letters = letters[1:]
		if f == nil || strings.HasPrefix(letters, "=") {
			return false
		}
		if f.NoOptDefVal == "" {
			return letters == ""
		}
	}
	return false
}
