package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
)

// alone as the first argument makes this program run one job in a process of its
// own, whose memory is not that of the jobs before it, and print what came out.
const alone = "-alone"

// jobs are what it can run so. Each takes one argument.
var jobs map[string]func(ctx context.Context, arg string) error

func init() { //nolint:gochecknoinits // its entries start this program again
	jobs = map[string]func(context.Context, string) error{
		"sparse":  sumSparse,
		"tree":    sumTree,
		"take":    taken,
		"with":    sumWith,
		"without": sumWithout,
		"width":   sumWide,
	}
}

// apart runs a job in a process of its own, in a control group when one is named,
// and returns what it printed.
func apart(ctx context.Context, group, job, arg string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	args := []string{self, alone, job, arg}
	if group != "" {
		join := fmt.Sprintf(`echo $$ >%s && exec "$@"`, filepath.Join(group, "cgroup.procs"))
		args = append([]string{"sh", "-c", join, "sh"}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", job, err)
	}
	return string(out), nil
}

// commandControl is that of the command with its defaults, and sets the limit of
// the heap as it does.
func commandControl() (*stages.Control, error) {
	control, err := newControl(stages.ControlOptions{})
	if err == nil {
		debug.SetMemoryLimit(48<<20 - control.Pool().Budget() - 8<<20)
	}
	return control, err
}

// sumSparse takes ten sparse files of so many bytes into a sink that sleeps at
// random, in steps that let about a gigabyte a second through all streams together,
// and prints the peak of its memory.
func sumSparse(ctx context.Context, size string) error {
	bytes, err := strconv.ParseInt(size, 10, 64)
	if err != nil {
		return err
	}
	control, err := commandControl()
	if err != nil {
		return err
	}
	paths, remove, err := sparse(bytes)
	if err != nil {
		return err
	}
	defer remove()
	_, err = work{
		control: control, streams: manyStreams, paths: paths,
		algorithms: []digest.Algorithm{digest.SHA256, digest.BLAKE3},
		sink:       func(int) { time.Sleep(rand.N(2 * time.Millisecond)) },
	}.run(ctx)
	return errors.Join(err, printPeak())
}

// sumTree takes a tree through ten streams and prints the peak of its memory.
func sumTree(ctx context.Context, root string) error {
	control, err := commandControl()
	if err != nil {
		return err
	}
	walk, err := batch.NewWalk(batch.WalkOptions{Paths: []string{root}})
	if err != nil {
		return err
	}
	defer walk.Close()
	h := &batch.Hashing{Options: batch.Options{Control: control}}
	control.SetStreams(manyStreams)
	err = batch.Sum(ctx, walk.Files, []digest.Algorithm{digest.SHA256, digest.BLAKE3}, h,
		func(r batch.Summed) error { return r.Err })
	return errors.Join(err, printPeak())
}

// printPeak prints the most memory that this process held, bytes. VmHWM begins anew
// with the program, where what getrusage says begins at that of who started it.
func printPeak() error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			fmt.Println(kib << 10)
			return err
		}
	}
	return errors.New("/proc/self/status has no VmHWM")
}
