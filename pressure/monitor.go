package pressure

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// ErrRunning is what [Monitor.Run] returns while another Run of the same Monitor
// has not returned.
var ErrRunning = errors.New("pressure: monitor is already running")

// Monitor samples memory and gauges at an interval and publishes the limits that
// follow. The zero value has the default options. All methods may be called
// while Run is running, and from any goroutine; a Monitor must not be copied.
type Monitor struct {
	options Options
	gauges  gauges
	running atomic.Bool
	force   atomic.Pointer[inForce] // nil until the first sample

	mu        sync.Mutex // guards what follows; never held while a gauge or callback runs
	history   *History
	stats     Stats
	callbacks []*func(before, after Limits)
}

// inForce is the limits together with the end of their time.
type inForce struct {
	Limits
	replaced chan struct{} // closed when others take their place that differ in what [Monitor.OnChange] tells of
}

// Stats is what the monitor has done and found so far.
type Stats struct {
	Limits  Limits        // in force
	Sample  Sample        // the last one
	Samples int           // taken
	Changes int           // of either level, and of Limits.Overran
	Peak    int64         // of the process's resident set at any sample, bytes
	Mean    float64       // of the level over all samples, 0 (NONE) to 4 (CRITICAL)
	Cost    time.Duration // of the last sample
	Err     error         // of the last reading of memory, nil when it was whole
}

// New makes a Monitor. Every fault in the options is reported at once, an
// [OptionError] each.
func New(o Options) (*Monitor, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	return &Monitor{options: o}, nil
}

// complete is the options with their defaults, a meter among them, or all their
// faults.
func (o Options) complete() (Options, error) {
	var memory int64 // of a machine that is not the one measured nothing is known
	if o.Measure == nil {
		memory = MachineMemory()
	}
	o = o.withDefaults()
	if err := o.validate(memory); err != nil {
		return o, err
	}
	if o.Measure == nil {
		meter, err := NewMeter(MeterOptions{Ceiling: o.Thresholds.MaxMemory, SystemShare: o.Thresholds.SystemShare, Root: o.Root})
		if err != nil {
			return o, err
		}
		o.Measure = meter.Read
	}
	return o, nil
}

// Run samples until ctx ends, and then returns nil. It is the only goroutine on
// which gauges, callbacks and Options.Measure are called. Once it has returned
// the limits are open again: a monitor that does not look holds nobody back.
func (m *Monitor) Run(ctx context.Context) error {
	if !m.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer m.running.Store(false)
	o, err := m.options.complete() // those of New already are; those of a zero Monitor are not
	if err != nil {
		return err
	}
	defer m.stop(o)
	m.mu.Lock()
	m.history = NewHistory(int(o.Window/o.Interval) + 1)
	m.mu.Unlock()
	controller := &Controller{options: o}
	tick := time.NewTicker(o.Interval)
	defer tick.Stop()
	for {
		m.publish(m.look(controller, o.Measure))
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (m *Monitor) stop(o Options) {
	limits := openLimits(o)
	limits.Reason = "the monitor has stopped"
	m.publish(limits)
}

// look takes one sample and makes the limits of it.
func (m *Monitor) look(controller *Controller, measure func() (Memory, error)) Limits {
	s := Sample{At: time.Now()}
	memory, err := measure()
	m.gauges.read(&s)
	m.mu.Lock()
	defer m.mu.Unlock()
	s.Memory = memory
	if err != nil {
		s.Memory = memory.completed(m.stats.Sample.Memory)
	}
	m.history.Add(Snapshot{Sample: s})
	newest := m.history.at(0)
	s.Growth = m.history.Growth()
	limits := controller.Step(s)
	*newest = Snapshot{Sample: s, MemoryLevel: limits.MemoryLevel, Level: limits.Level}
	m.stats.Sample, m.stats.Err = s, err
	m.stats.Samples++
	m.stats.Peak = max(m.stats.Peak, s.Memory[SourceProcess].Used)
	m.stats.Mean += (float64(limits.Level) - m.stats.Mean) / float64(m.stats.Samples)
	m.stats.Cost = time.Since(s.At)
	return limits
}

// publish puts limits in force, and tells of it when a level has changed.
func (m *Monitor) publish(limits Limits) {
	before, old := m.Limits(), m.force.Load()
	changed := before.Level != limits.Level || before.MemoryLevel != limits.MemoryLevel || before.Overran() != limits.Overran()
	next := &inForce{Limits: limits}
	if old != nil && !changed {
		next.replaced = old.replaced
	} else {
		next.replaced = make(chan struct{})
	}
	m.force.Store(next)
	if !changed {
		return
	}
	if old != nil {
		close(old.replaced)
	}
	m.announce(before, limits)
}

func (m *Monitor) announce(before, after Limits) {
	m.mu.Lock()
	m.stats.Changes++
	callbacks := append([]*func(before, after Limits){}, m.callbacks...)
	m.mu.Unlock()
	for _, f := range callbacks {
		(*f)(before, after)
	}
}

// Limits are those in force: one atomic load. Before the first sample they are
// open.
func (m *Monitor) Limits() Limits {
	if force := m.force.Load(); force != nil {
		return force.Limits
	}
	return openLimits(m.options.withDefaults())
}

// Register adds gauges to what is sampled, until remove is called. Once remove
// has returned none of them is called again.
func (m *Monitor) Register(g Gauges) (remove func()) { return m.gauges.register(g) }

// OnChange calls f after each change of either level or of [Limits.Overran], with the
// limits before and after it; after.Reason says why in words. f must be quick, and may
// call the Monitor. One call may still come while remove is being called.
func (m *Monitor) OnChange(f func(before, after Limits)) (remove func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	entry := &f
	m.callbacks = append(m.callbacks, entry)
	return func() { m.removeCallback(entry) }
}

func (m *Monitor) removeCallback(entry *func(before, after Limits)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, f := range m.callbacks {
		if f == entry {
			m.callbacks = append(m.callbacks[:i], m.callbacks[i+1:]...)
			return
		}
	}
}

// Stats is what has been done and found so far.
func (m *Monitor) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.stats
	s.Limits = m.Limits()
	return s
}

// History is a copy of the snapshots of the last Options.Window of this run, or
// of the last one, oldest first.
func (m *Monitor) History() []Snapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.history == nil {
		return nil
	}
	return m.history.All()
}
