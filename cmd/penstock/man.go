package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan() *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the manual pages into a directory",
		Example: `  penstock man /usr/local/share/man/man1
  penstock man . && man ./penstock-sum.1`,
		Args:              arguments(1, "one directory"),
		ValidArgsFunction: completeDirectory(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
				return fatal(fmt.Errorf("%s: not a directory; make it first", quoted(args[0])))
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			return writePages(args[0], root)
		},
	}
}

// sections are those of a page before which the exit codes belong.
var sections = regexp.MustCompile(`(?m)^\.SH (EXAMPLE|SEE ALSO)$`)

// writePages writes the page of a command and those of the commands below it.
func writePages(dir string, cmd *cobra.Command) error {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			if err := writePages(dir, c); err != nil {
				return err
			}
		}
	}
	var page bytes.Buffer
	header := &doc.GenManHeader{Section: "1", Source: "penstock", Manual: "Penstock", Date: new(time.Time)}
	if err := doc.GenMan(cmd, header, &page); err != nil {
		return fatal(fmt.Errorf("write manual page of %s: %w", cmd.CommandPath(), err))
	}
	// No date: today's would make two builds differ, and the zero one is none.
	text := bytes.Replace(page.Bytes(), []byte(`"Jan 0001"`), []byte(`""`), 1)
	at := sections.FindIndex(text)
	if at == nil {
		at = []int{len(text)}
	}
	text = slices.Insert(text, at[0], []byte(exitRoff())...)
	name := filepath.Join(dir, strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1")
	if err := os.WriteFile(name, text, 0o644); err != nil { //nolint:gosec // manual pages are for everybody
		return fatal(fmt.Errorf("write %s: %w", quoted(name), writing.on(err)))
	}
	return nil
}
