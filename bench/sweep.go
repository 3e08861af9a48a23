package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock-go/penstock/stages"
)

// Variant is one way to do the work.
type Variant struct {
	// Name tells it from the others of the sweep, and finds it in an earlier report.
	Name string
	// Settings are what it differs in from the others, for tables and plots.
	Settings []Setting
	// Run does the work once, and returns when nothing of it runs any more. Where it
	// was told to stop it may return [stages.ErrStopped].
	Run func(context.Context, *Probe) error
	// Before and After, where set, are called around every run, outside of its time:
	// to drop the cache, to remove what was written. After is called also when the run
	// has failed or the context has ended, with one that has not.
	Before, After func(context.Context) error
}

// Setting is one thing that a variant was set to.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Sweep is variants that are run in turn.
type Sweep struct {
	Variants []Variant
	// Rounds is how often each runs, at most. Zero means as often as there is time
	// for, up to 10 times, and 5 times where the context has no deadline.
	Rounds int
	// Progress, when set, is told of every run before it begins.
	Progress func(Step)
}

// Step is where a sweep is.
type Step struct {
	Variant string
	Runs    int // that are done
	Last    Run // the last of them
}

const (
	mostRounds    = 10
	roundsUntimed = 5
	// leastSlot is how long a run should last: shorter, and starting it is too much of
	// what is measured. Where there is no time for more rounds of as long there are
	// fewer of them.
	leastSlot = 200 * time.Millisecond
	// leastRun is how long it lasts all the same. With less time left none begins.
	leastRun = 10 * time.Millisecond
)

// faults says all that is wrong with the sweep.
func (s Sweep) faults() error {
	var errs []error
	if len(s.Variants) == 0 {
		errs = append(errs, errors.New("no variants"))
	}
	if s.Rounds < 0 {
		errs = append(errs, fmt.Errorf("%d rounds: there cannot be less than none", s.Rounds))
	}
	seen := map[string]bool{}
	for i, v := range s.Variants {
		switch {
		case v.Name == "":
			errs = append(errs, fmt.Errorf("variant %d has no name", i+1))
		case seen[v.Name]:
			errs = append(errs, fmt.Errorf("two variants are called %s", v.Name))
		}
		if v.Run == nil {
			errs = append(errs, fmt.Errorf("variant %d has no Run", i+1))
		}
		seen[v.Name] = true
	}
	if len(errs) > 0 {
		return fmt.Errorf("bench: %w", errors.Join(errs...))
	}
	return nil
}

// Run measures until every variant has run as often as it should, or the context has
// ended. That its deadline was reached is no error; the run under way is then left out,
// and a variant that has not come to its turn has no runs.
//
// The error is the context's cause, or that of a run, which ends the sweep. The report
// holds what was measured until then, and is never nil.
func (s Sweep) Run(ctx context.Context) (*Report, error) {
	c := course{Sweep: s, began: time.Now()}
	c.report = &Report{Began: c.began, Machine: ThisMachine(), Results: make([]Result, len(s.Variants))}
	c.latencies = make([]stages.Latency, len(s.Variants))
	for i, v := range s.Variants {
		c.report.Results[i] = Result{Name: v.Name, Settings: v.Settings}
	}
	if err := s.faults(); err != nil {
		return c.report, err
	}
	err := c.rounds(ctx)
	c.report.Took = time.Since(c.began)
	for i := range c.report.Results {
		c.report.Results[i].Latency = quantilesOf(&c.latencies[i])
	}
	if errors.Is(err, errOver) {
		err = nil
	}
	return c.report, err
}

// errOver says that the time of the sweep is over.
var errOver = errors.New("bench: the time is over")

// ended is why the context has ended, nil where it has not.
func ended(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errOver
	}
	return context.Cause(ctx)
}

// course is a sweep under way.
type course struct {
	Sweep
	report    *Report
	latencies []stages.Latency // of each variant, all runs together
	began     time.Time
	runs      int
	last      Run
	timed     time.Duration // all runs together
}

func (c *course) rounds(ctx context.Context) error {
	_, timed := ctx.Deadline()
	most := c.Rounds
	switch {
	case most == 0 && timed:
		most = mostRounds
	case most == 0:
		most = roundsUntimed
	}
	for round := range most {
		slot := c.slot(ctx, most-round)
		if timed && round > 0 && slot < leastRun {
			return nil
		}
		for i := range c.Variants {
			if err := ended(ctx); err != nil {
				return err
			}
			// Each round begins with another, so that none always comes after the same.
			if err := c.run(ctx, (i+round)%len(c.Variants), round+1, slot); err != nil {
				return err
			}
		}
	}
	return nil
}

// slot is how long each run of the next round may last, where at most so many rounds
// are left; zero where there is no deadline.
func (c *course) slot(ctx context.Context, rounds int) time.Duration {
	deadline, timed := ctx.Deadline()
	if !timed {
		return 0
	}
	var beside time.Duration // what a run takes besides its own time
	if c.runs > 0 {
		beside = (time.Since(c.began) - c.timed) / time.Duration(c.runs)
	}
	left := time.Until(deadline) / time.Duration(len(c.Variants))
	fit := int(left / (leastSlot + beside))
	return left/time.Duration(min(max(fit, 1), rounds)) - beside
}

// run measures a variant once.
func (c *course) run(ctx context.Context, i, round int, slot time.Duration) error {
	v := c.Variants[i]
	if c.Progress != nil {
		c.Progress(Step{v.Name, c.runs, c.last})
	}
	t, err := v.between(ctx, slot)
	if err != nil {
		return fmt.Errorf("%s: %w", v.Name, err)
	}
	t.Round = round
	result := &c.report.Results[i]
	result.Runs = append(result.Runs, t.Run)
	result.Waits = addWaits(result.Waits, t.waits)
	if len(t.moments) >= len(result.Moments) {
		result.Moments = t.moments
	}
	c.latencies[i].Merge(t.latency)
	c.runs++
	c.timed += t.Took
	c.last = t.Run
	return nil
}

// between measures a run between what comes before it and after it.
func (v Variant) between(ctx context.Context, slot time.Duration) (t take, err error) {
	if v.After != nil {
		defer func() { err = cmp.Or(v.After(context.WithoutCancel(ctx)), err) }()
	}
	if v.Before != nil {
		if err := v.Before(ctx); err != nil {
			return t, cmp.Or(ended(ctx), err)
		}
	}
	if deadline, timed := ctx.Deadline(); timed {
		// A little before, so that what is told to stop comes to its end by then.
		slot = min(max(slot, leastRun), time.Until(deadline)*9/10)
		if slot < leastRun {
			return t, errOver
		}
	}
	t, err = v.once(ctx, slot)
	return t, cmp.Or(ended(ctx), err) // the run may have ended early for it
}
