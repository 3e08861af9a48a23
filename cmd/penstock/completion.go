package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/penstock-go/penstock/stages/manifest"
)

// shells are those that completion can be written for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

// formats are those of lists.
var formats = []string{manifest.GNU.String(), manifest.BSD.String(), manifest.Hashdeep.String(), manifest.JSON.String()}

func newCompletion() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a script that lets a shell complete penstock's commands and flags",
		Example: `  penstock completion bash > /etc/bash_completion.d/penstock
  penstock completion zsh > "${fpath[1]}/_penstock"
  penstock completion fish > ~/.config/fish/completions/penstock.fish`,
		Args:      arguments(1, "one shell: "+strings.Join(shells, ", ")),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			default:
				return usage("unknown shell %q; the shells are %s", args[0], strings.Join(shells, ", "))
			}
		},
	}
}

// suggester is a flag that knows what may stand behind it.
type suggester interface{ suggestions() []string }

// completeValues lets a shell complete what stands behind the flags of a command and
// those below it.
func completeValues(cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		completeValues(c)
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		s, suggests := f.Value.(suggester)
		switch {
		case suggests:
			complete(cmd, f.Name, cobra.FixedCompletions(s.suggestions(), cobra.ShellCompDirectiveNoFileComp))
		case f.Name == "format":
			complete(cmd, f.Name, cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
		case f.Name == "algorithm" && cmd.Name() == "check": // one
			complete(cmd, f.Name, cobra.FixedCompletions(algorithms(), cobra.ShellCompDirectiveNoFileComp))
		case f.Name == "algorithm":
			complete(cmd, f.Name, completeSet)
		}
	})
}

func complete(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic("cmd/penstock: " + err.Error()) // there is no such flag, or it has one already
	}
}

// completeSet completes the last of some digests with commas between, with those
// that are not there yet.
func completeSet(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	before := begun[:strings.LastIndexByte(begun, ',')+1]
	var list []string
	for _, a := range algorithms() {
		if !slices.Contains(strings.Split(before, ","), a) {
			list = append(list, before+a)
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// completeDirectory completes a directory as the last argument, after some files.
func completeDirectory(files int) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		switch {
		case len(args) < files:
			return nil, cobra.ShellCompDirectiveDefault
		case len(args) == files:
			return nil, cobra.ShellCompDirectiveFilterDirs
		default:
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
	}
}
