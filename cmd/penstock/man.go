package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan() *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the manual pages into a directory",
		Example: `  penstock man /usr/local/share/man/man1
  penstock man . && man ./penstock-sum.1`,
		Args: arguments(1, "one directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			// A fixed date would lie and today's would make two builds differ, so
			// the pages have none.
			header := &doc.GenManHeader{Section: "1", Source: "penstock", Manual: "Penstock"}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
				return fatal(fmt.Errorf("%s: not a directory; make it first", quoted(args[0])))
			}
			if err := doc.GenManTree(root, header, filepath.Clean(args[0])); err != nil {
				return fatal(fmt.Errorf("write manual pages: %w", err))
			}
			return nil
		},
	}
}
