package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// everyCommand is every command that a user sees.
func everyCommand() []*cobra.Command {
	all := []*cobra.Command{newRoot(streams{}, &console{out: &bytes.Buffer{}})}
	for _, c := range all[0].Commands() {
		if c.Name() != "help" {
			all = append(all, c)
		}
	}
	return all
}

func TestEveryHelpShowsExamplesThatParse(t *testing.T) {
	call := regexp.MustCompile(`penstock [^|&#>]*`)
	for _, c := range everyCommand() {
		var out bytes.Buffer
		c.SetOut(&out)
		require.NoError(t, c.Help())
		require.Contains(t, out.String(), "Examples:\n  ")
		require.NotEmpty(t, c.Short)
		for line := range strings.SplitSeq(c.Example, "\n") {
			words := strings.Fields(call.FindString(line))
			require.NotEmpty(t, words, "%s: calls penstock", line)
			root := newRoot(streams{}, &console{out: &bytes.Buffer{}})
			found, args, err := root.Find(words[1:])
			require.NoError(t, err, line)
			require.NoError(t, found.ParseFlags(args), line)
			require.NoError(t, found.ValidateArgs(found.Flags().Args()), line)
		}
	}
}

func TestEveryFlagIsExplained(t *testing.T) {
	for _, c := range everyCommand() {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			require.NotEmpty(t, f.Usage, f.Name)
			require.NotRegexp(t, `[.\n]$`, f.Usage, f.Name)
		})
	}
}

func TestFlagsOfTheIssue(t *testing.T) {
	want := map[string]string{
		"sum": "algorithm/a output/o format/ zero/z jobs/j include/ exclude/ files-from0/ follow/L one-file-system/x " +
			"bwlimit/ memory/ progress/ quiet/q verbose/v",
		"check": "quiet/q status/ strict/ warn/w ignore-missing/",
	}
	for command, flags := range want {
		c, _, err := newRoot(streams{}, &console{out: &bytes.Buffer{}}).Find([]string{command})
		require.NoError(t, err)
		for flag := range strings.FieldsSeq(flags) {
			name, short, _ := strings.Cut(flag, "/")
			f := c.Flags().Lookup(name)
			require.NotNil(t, f, "%s --%s", command, name)
			require.Equal(t, short, f.Shorthand, "%s --%s", command, name)
		}
	}
}
