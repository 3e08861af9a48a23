package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// newRoot builds the command tree.
func newRoot(std streams, con *console) *cobra.Command {
	root := &cobra.Command{
		Use:   "penstock",
		Short: "Checksum, verify and copy files and whole trees",
		Long: `penstock checksums, verifies and copies files and whole trees in constant memory, at
the speed of the storage, and goes on inside a file after kill -9 or a power cut. It
reads and writes the checksum lists of coreutils, BSD, hashdeep and JSON.`,
		Example: `  penstock sum -o SHA256SUMS .              # a list of everything below this directory
  penstock check SHA256SUMS                 # is it all still the same?
  penstock sum -a sha256,blake3 a.iso       # two digests from one reading
  penstock copy photos /mnt/backup/photos   # copied, and read back
  penstock jobs                             # what was interrupted, and how far it is`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return usage("unknown command %q; the commands are %s", args[0], names(cmd.Commands()))
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.Version = versionText()
	root.SetVersionTemplate("{{.Version}}\n")
	root.Flags().Bool("version", false, "print the version") // cobra's own would take -v for it
	root.SetHelpFunc(withExitCodes(root.HelpFunc()))
	root.SetIn(std.in)
	root.SetErr(std.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage("%w (%s --help lists the flags)", err, cmd.CommandPath())
	})
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(newSum(std, con), newCheck(std, con), newCopy(std, con), newJobs(std, con), newBench(std, con), newCompletion(), newMan(), newVersion())
	completeValues(root)
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			c.Args = knownTopic
		}
	}
	return root
}

// withExitCodes is a help that lists the exit codes as well, of the root command:
// they are the same for all.
func withExitCodes(help func(*cobra.Command, []string)) func(*cobra.Command, []string) {
	return func(cmd *cobra.Command, args []string) {
		help(cmd, args)
		if !cmd.HasParent() {
			cmd.Print("\n" + exitTable())
		}
	}
}

// knownTopic lets help exit with 2 for what there is no help on, as any command
// does that is not called right.
func knownTopic(cmd *cobra.Command, args []string) error {
	if _, rest, err := cmd.Root().Find(args); err != nil || len(rest) > 0 {
		return usage("no help on %q; the commands are %s", strings.Join(args, " "), names(cmd.Root().Commands()))
	}
	return nil
}

func names(commands []*cobra.Command) string {
	var list []string
	for _, c := range commands {
		if c.IsAvailableCommand() {
			list = append(list, c.Name())
		}
	}
	return strings.Join(list, ", ")
}

// arguments is the check of a command that takes at least one and at most most
// arguments, or none when most is 0.
func arguments(most int, want string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > most || most > 0 && len(args) == 0 {
			return usage("%s wants %s; it was given %s (%s --help says more)",
				cmd.CommandPath(), want, plural(int64(len(args)), "argument"), cmd.CommandPath())
		}
		return nil
	}
}
