package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"strings"
	"time"
)

// GraceError says that stages went on although they had been told to stop,
// longer than [Options].Grace. Run has returned without them. Their goroutines
// and what they hold are still there; the last of them to end drops what is
// left in the links.
type GraceError struct {
	Grace  time.Duration
	Stages []string // their names, in the order in which they were added
	Stack  string   // of every goroutine that bears the label of one of them
}

func (e *GraceError) Error() string {
	names := make([]string, len(e.Stages))
	for i, name := range e.Stages {
		names[i] = fmt.Sprintf("%q", name)
	}
	stages, verb := "stage", "ignores its"
	if len(names) > 1 {
		stages, verb = "stages", "ignore their"
	}
	return fmt.Sprintf("%s %s %s context, %v after the end", stages, strings.Join(names, ", "), verb, e.Grace)
}

// await returns when all stages have ended, or, with a *GraceError, when those
// that have not were all told to stop longer ago than the grace. If only some
// of them were, it ends the run, so that the others are told as well. A caller
// who ends it tells nobody but the contexts.
func (r *run) await(ctx, caller context.Context) error {
	grace := r.p.opts.Grace
	if grace == 0 {
		select {
		case <-caller.Done():
			r.fail(context.Cause(caller)) // the news may still be on its way to ctx
			r.halt()
			<-r.done
		case <-r.done:
		}
		return nil
	}
	over := ctx.Done()
	alarm := time.NewTimer(grace)
	defer alarm.Stop()
	var end time.Time // of the run, zero while it is not cut short
	for {
		select {
		case <-r.done:
			return nil
		case <-over:
			over, end = nil, time.Now()
			r.halt()
		case <-r.news:
		case <-alarm.C:
		}
		late, others, next := r.overdue(end)
		switch {
		case len(late) == 0:
		case others == 0:
			if !r.state.CompareAndSwap(0, abandoned) {
				<-r.done
				return nil
			}
			return r.graceError(late)
		case over != nil:
			r.fail(r.graceError(late))
		}
		alarm.Reset(next)
	}
}

// overdue returns the stages that should have ended, how many others have not
// ended either, and when to look again.
func (r *run) overdue(end time.Time) (late []*node, others int, next time.Duration) {
	now, grace := time.Now(), r.p.opts.Grace
	next = grace
	for _, n := range r.p.nodes {
		since := end
		if told := n.told.Load(); told != nil {
			since = *told
		}
		left := grace - now.Sub(since)
		switch {
		case n.ended.Load():
		case since.IsZero():
			others++
		case left <= 0:
			late = append(late, n)
		default:
			others++
			next = min(next, left)
		}
	}
	return late, others, next
}

func (r *run) graceError(late []*node) *GraceError {
	e := &GraceError{Grace: r.p.opts.Grace}
	for _, n := range late {
		e.Stages = append(e.Stages, n.name)
	}
	e.Stack = stacks(r.p.name, e.Stages)
	return e
}

// stacks returns the part of the goroutine profile that bears the labels of
// these stages. The profile is text, a paragraph for each group of goroutines:
// the runtime has no other way to ask for the stack of one.
func stacks(pipeline string, stages []string) string {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return ""
	}
	var out strings.Builder
	for group := range strings.SplitSeq(profile.String(), "\n\n") {
		if !strings.Contains(group, fmt.Sprintf("%q:%q", labelPipeline, pipeline)) {
			continue
		}
		for _, stage := range stages {
			if strings.Contains(group, fmt.Sprintf("%q:%q", labelStage, stage)) {
				out.WriteString(group)
				out.WriteString("\n\n")
				break
			}
		}
	}
	return out.String()
}
