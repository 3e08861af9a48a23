// Command compare runs penstock and what people use instead over the same files,
// in turn, checks that their digests agree, and prints one Markdown table of
// ratios.
//
//	go run ./bench/compare            2 GiB, 20,000 files, 300,000 files, 1,000,000 files
//	go run ./bench/compare -quick     a hundredth of it, to see that all works
//	go run ./bench/compare -only big  the cases whose name holds "big"
//
// The corpus is made from a fixed seed in -dir and kept there for the next run.
// Times are of whole processes with a warm cache. A ratio is the median of the
// ratios of pairs that ran one after the other, so that a machine whose speed
// drifts gives the same answer.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

type options struct {
	dir   string
	pairs int
	only  string
	quick bool
}

func main() {
	if len(os.Args) > 3 && os.Args[1] == oneRun {
		if err := one(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "compare:", err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.StringVar(&o.dir, "dir", filepath.Join(os.TempDir(), "penstock-bench"), "where the corpus is made and kept")
	flag.IntVar(&o.pairs, "pairs", 5, "runs of penstock and of each peer")
	flag.StringVar(&o.only, "only", "", "run the cases whose name holds this")
	flag.BoolVar(&o.quick, "quick", false, "a hundredth of the corpus")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	bin, err := build(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(bin) }()
	fmt.Println(machine())
	fmt.Println()
	fmt.Println(header)
	missing := map[string]bool{}
	for _, c := range cases(bin, newCorpus(o.dir, o.quick)) {
		if !strings.Contains(c.name, o.only) {
			continue
		}
		if err := c.make(); err != nil {
			return fmt.Errorf("make the corpus of %s: %w", c.name, err)
		}
		if err := c.run(ctx, o.pairs, missing); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	for name := range missing {
		fmt.Printf("\nNot installed, so not measured: %s (install it with: apt-get install %s)\n", name, packages[name])
	}
	return nil
}

// packages are Debian's names of the peers.
var packages = map[string]string{
	"sha256sum": "coreutils", "openssl": "openssl", "rclone": "rclone", "b3sum": "b3sum",
}

// build compiles penstock and the hand-written loops as a user would.
func build(ctx context.Context) (dir string, err error) {
	if dir, err = os.MkdirTemp("", "penstock-bench-bin-"); err != nil {
		return "", err
	}
	for _, pkg := range []string{"cmd/penstock", "bench/loops"} {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", dir, "github.com/penstock-go/penstock/"+pkg)
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return dir, fmt.Errorf("build %s: %w", pkg, err)
		}
	}
	return dir, nil
}
