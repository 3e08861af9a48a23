package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The two commands that are tried.
const (
	verbCopy = "copy"
	verbSum  = "sum"
)

// job is one command with something to do.
type job struct {
	binary string
	verb   string
	of     *original
	in     place
	env    []string // besides that of this process
}

// patience is how long a process may take that should have ended long before.
const patience = 5 * time.Minute

// process is a job that runs.
type process struct {
	cmd       *exec.Cmd
	began     time.Time
	out, said text
	give      func() // up on waiting
}

// ending is how a process ended.
type ending struct {
	code   int // -1 when it was killed
	took   time.Duration
	said   string // on standard error
	report report
}

// report is what it printed in JSON.
type report struct {
	told     map[string]bool // the files that are copied, by their names below the target
	streamed int64           // bytes that were read from the originals; -1 where it did not come to that
}

func (j job) args() []string {
	if j.verb == verbSum {
		return append([]string{verbSum, "-v", "-o", j.in.list()}, append(j.of.flags, j.of.path)...)
	}
	return append([]string{verbCopy, "--json", "--manifest", j.in.list()}, append(j.of.flags, j.of.path, j.in.copied())...)
}

// prefix stands before the files' names in the list.
func (j job) prefix() string {
	switch {
	case j.verb == verbSum:
		return j.of.path
	case j.of.small == 0:
		return "copy"
	}
	return ""
}

func (j job) start(ctx context.Context) (*process, error) {
	ctx, give := context.WithTimeout(ctx, patience)
	p := &process{cmd: exec.CommandContext(ctx, j.binary, j.args()...), began: time.Now(), give: give}
	p.cmd.Env = append(append(os.Environ(), "XDG_STATE_HOME="+j.in.state), j.env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.said
	if err := p.cmd.Start(); err != nil {
		give()
		return nil, err
	}
	return p, nil
}

// wait waits for the end of the process.
func (p *process) wait() (ending, error) {
	defer p.give()
	err := p.cmd.Wait()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		return ending{}, err
	}
	e := ending{code: p.cmd.ProcessState.ExitCode(), took: time.Since(p.began), said: strings.TrimSpace(p.said.String())}
	if e.took >= patience {
		return e, fmt.Errorf("%v has not ended within %v", p.cmd.Args, patience)
	}
	e.report, err = readReport(p.out.String())
	return e, err
}

// run runs the job to its end.
func (j job) run(ctx context.Context) (ending, error) {
	p, err := j.start(ctx)
	if err != nil {
		return ending{}, err
	}
	return p.wait()
}

// moment is a time in the life of a process.
type moment struct {
	recorded bool // there is a checkpoint
	delay    time.Duration
}

func (m moment) String() string {
	if m.recorded {
		return fmt.Sprintf("%v after the first checkpoint", m.delay)
	}
	return fmt.Sprintf("after %v", m.delay)
}

// come returns when the moment has come, and an error when ctx ends before.
func (m moment) come(ctx context.Context, in place) error {
	if m.recorded {
		if err := in.awaitRecord(ctx); err != nil {
			return err
		}
	}
	select {
	case <-time.After(m.delay):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// killAt runs the job, and kills it if it comes to the moment.
func (j job) killAt(ctx context.Context, m moment) (ending, error) {
	p, err := j.start(ctx)
	if err != nil {
		return ending{}, err
	}
	watching, over := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if m.come(watching, j.in) == nil {
			_ = p.cmd.Process.Kill() // it may be over
		}
	}()
	e, err := p.wait()
	over()
	<-watched
	return e, err
}

// killed reports whether the process did not end by itself.
func (e ending) killed() bool { return e.code == -1 }

// wants is nil where the process ended with the code.
func (e ending) wants(code int) error {
	if e.code == code {
		return nil
	}
	return fmt.Errorf("exit code %d, and not %d: %s", e.code, code, e.said)
}

var continuesAt = regexp.MustCompile(`continues at .* \((\d+) bytes\)`)

// resumedAt is where a sum went on.
func (e ending) resumedAt() int64 {
	found := continuesAt.FindStringSubmatch(e.said)
	if found == nil {
		return 0
	}
	at, _ := strconv.ParseInt(found[1], 10, 64) // it is digits
	return at
}

func readReport(out string) (report, error) {
	r := report{told: map[string]bool{}, streamed: -1}
	for line := range strings.Lines(out) {
		if !strings.HasSuffix(line, "\n") {
			break // it was killed
		}
		var told struct {
			Type, Copy, Outcome string
			Streamed            int64 `json:"total_bytes_streamed"`
		}
		if err := json.Unmarshal([]byte(line), &told); err != nil {
			return r, fmt.Errorf("read %q: %w", line, err)
		}
		switch {
		case told.Type == "metrics":
			r.streamed = told.Streamed
		case told.Type == "file" && told.Outcome != "failed":
			r.told[told.Copy] = true
		}
	}
	return r, nil
}

// text is what a process prints, which may be looked at meanwhile.
type text struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (t *text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}
