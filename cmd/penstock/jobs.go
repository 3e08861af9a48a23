package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
)

func newJobs(std streams, con *console) *cobra.Command {
	j := &jobsCommand{std: std, con: con}
	cmd := &cobra.Command{
		Use:   "jobs",
		Short: "List what is running, and what was interrupted and can go on",
		Long: `List the copies that are running, and those that were interrupted and can go on.
A job that is complete is forgotten, and one that nobody has gone on with for 7
days too.`,
		Example: `  penstock jobs
  penstock jobs resume 1f3a0c77b2d4
  penstock jobs rm 1f3a0c77b2d4`,
		Args: arguments(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return j.list(cmd.Context()) },
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "resume ID",
		Short:   "Go on with a job that was interrupted",
		Example: "  penstock jobs resume 1f3a0c77b2d4",
		Args:    arguments(1, "the id of a job, which penstock jobs lists"),
		RunE:    func(_ *cobra.Command, args []string) error { return j.resume(args[0]) },
	}, &cobra.Command{
		Use:     "rm ID",
		Short:   "Forget a job that was interrupted, and remove what is unfinished",
		Example: "  penstock jobs rm 1f3a0c77b2d4",
		Args:    arguments(1, "the id of a job, which penstock jobs lists"),
		RunE:    func(cmd *cobra.Command, args []string) error { return j.remove(cmd.Context(), args[0]) },
	})
	return cmd
}

// jobsCommand is `penstock jobs`.
type jobsCommand struct {
	std streams
	con *console
}

// open opens the state directory; it is nil where there is none.
func (j *jobsCommand) open(ctx context.Context) (dir *disk.Root, path string, err error) {
	path, err = statePath()
	if err != nil {
		return nil, "", fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, path, nil //nolint:nilerr // nothing was ever kept
	}
	if dir, err = checkpoint.OpenDirectory(ctx, path); err != nil {
		return nil, path, fatal(stateAdvice(err))
	}
	return dir, path, nil
}

func (j *jobsCommand) list(ctx context.Context) error {
	dir, path, err := j.open(ctx)
	if err != nil {
		return err
	}
	out := standardOutput(j.std.out, j.con, "redirect it")
	if dir == nil {
		return out.flush()
	}
	defer func() { _ = dir.Close() }()
	files, err := filepath.Glob(filepath.Join(path, "*"+jobSuffix))
	if err != nil {
		return fatal(err)
	}
	slices.Sort(files)
	for _, file := range files {
		f, err := readJob(file)
		if err != nil {
			j.con.line("%s: %v; penstock jobs rm %s forgets it", quoted(file), err, strings.TrimSuffix(filepath.Base(file), jobSuffix))
			continue
		}
		if err := j.show(ctx, dir, f, out); err != nil {
			return err
		}
	}
	return out.flush()
}

// show prints a line of a job: its id, what it does now, when it began, how far it
// is, and the command.
func (j *jobsCommand) show(ctx context.Context, dir *disk.Root, f jobFile, out io.Writer) error {
	lock, err := lockJob(ctx, dir, f.ID)
	locked, running := errors.AsType[*checkpoint.LockedError](err)
	if err != nil && !running {
		return err
	}
	defer unlockJob(lock)
	var doing string
	if running {
		doing = "running" + byProcess(locked.PID)
	} else {
		doing = "interrupted, " + j.progress(ctx, dir, f.ID)
	}
	_, err = fmt.Fprintf(out, "%s  %s  %s  penstock %s\n", f.ID,
		f.Started.Local().Format(time.DateTime), doing, shellWords(f.Args))
	return err
}

// progress is how far a job is that nobody runs, in words.
func (j *jobsCommand) progress(ctx context.Context, dir *disk.Root, id string) string {
	files, _ := checkpoint.CountEntries(ctx, dir, id) // where they are not known, none is
	parts := []string{plural(int64(files), "file") + " done"}
	for r, err := range checkpoint.NewFileStore(dir).List(ctx) {
		if err == nil && r.Job == id && r.State == checkpoint.Copying {
			parts = append(parts, fmt.Sprintf("%s of %s of %s",
				bytesText(float64(r.Offset)), bytesText(float64(r.Source.Identity.Size)), quoted(filepath.Base(r.Source.Path))))
		}
	}
	return strings.Join(parts, ", ")
}

// readJob reads what is kept of a job.
func readJob(path string) (jobFile, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return jobFile{}, err
	}
	var f jobFile
	if err := json.Unmarshal(data, &f); err != nil {
		return f, fmt.Errorf("damaged: %w", err)
	}
	for i, a := range f.Args {
		if f.Args[i], err = unescapeArg(a); err != nil {
			return f, fmt.Errorf("damaged: %w", err)
		}
	}
	var errs [2]error
	f.Dir, errs[0] = unescapeArg(f.Dir)
	f.Target, errs[1] = unescapeArg(f.Target)
	return f, errors.Join(errs[:]...)
}

// find is the job that an id, or a beginning of it that is no other's, stands for.
func (j *jobsCommand) find(path, id string) (jobFile, error) {
	if id == "" || strings.ContainsAny(id, "/*?[\\") {
		return jobFile{}, usage("%q is not the id of a job; penstock jobs lists them", id)
	}
	files, _ := filepath.Glob(filepath.Join(path, id+"*"+jobSuffix))
	switch len(files) {
	case 0:
		return jobFile{}, usage("there is no job %s; penstock jobs lists them", id)
	case 1:
		f, err := readJob(files[0])
		f.ID = strings.TrimSuffix(filepath.Base(files[0]), jobSuffix)
		return f, err
	}
	return jobFile{}, usage("%s is the beginning of several ids; penstock jobs lists them", id)
}

// resume runs the job's command again, in the directory where it was run.
func (j *jobsCommand) resume(id string) error {
	path, err := statePath()
	if err != nil {
		return fatal(err)
	}
	f, err := j.find(path, id)
	if err != nil {
		return err
	}
	err = become(f.Args, f.Dir)
	if saidAll(err) {
		return err
	}
	return fatal(fmt.Errorf("resume job %s: %w", f.ID, err))
}

// remove forgets a job.
func (j *jobsCommand) remove(ctx context.Context, id string) error {
	dir, path, err := j.open(ctx)
	if err != nil {
		return err
	}
	if dir != nil {
		defer func() { _ = dir.Close() }()
	}
	f, err := j.find(path, id)
	if coded, ok := errors.AsType[*codeError](err); ok {
		return coded
	}
	lock, err := lockJob(ctx, dir, f.ID)
	if locked, ok := errors.AsType[*checkpoint.LockedError](err); ok {
		return fatal(fmt.Errorf("job %s is running%s; stop it first", f.ID, byProcess(locked.PID)))
	}
	if err != nil {
		return err
	}
	defer unlockJob(lock)
	var swept error
	if _, err := os.Stat(f.Target); f.Target != "" && err == nil {
		swept = sweepAll(ctx, f.ID, f.Target)
	}
	err = errors.Join(swept,
		removeRecords(ctx, checkpoint.NewFileStore(dir), f.ID),
		checkpoint.RemoveJournal(ctx, dir, f.ID),
		os.Remove(filepath.Join(path, f.ID+jobSuffix)))
	if err != nil {
		return fatal(fmt.Errorf("forget job %s: %w", f.ID, stateAdvice(err)))
	}
	return nil
}

// escapeArg writes bytes that are no UTF-8 so that JSON can hold them.
func escapeArg(s string) string {
	q := strconv.Quote(s)
	return q[1 : len(q)-1]
}

func unescapeArg(s string) (string, error) { return strconv.Unquote(`"` + s + `"`) }

// shellWords is a command as a shell takes it.
func shellWords(args []string) string {
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = shellWord(a)
	}
	return strings.Join(words, " ")
}

func shellWord(s string) string {
	plain := func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+./:,@%", r)
	}
	if s != "" && strings.IndexFunc(s, plain) < 0 {
		return s
	}
	if quoted(s) != s {
		return quoted(s)
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
