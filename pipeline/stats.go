package pipeline

import "time"

// State is what a stage is doing.
type State int

// The states of a stage. One with several workers is blocked or starved when
// all of them are.
const (
	Waiting State = iota // not started
	Running
	Blocked // on a send: what comes after it is slower
	Starved // for input: what comes before it is slower
	Done
)

func (s State) String() string {
	names := [...]string{"waiting", "running", "blocked", "starved", "done"}
	if s < 0 || int(s) >= len(names) {
		return "unknown"
	}
	return names[s]
}

// Stats is what a pipeline does at one moment. The stage whose input link is
// full and whose output link is empty is the bottleneck.
type Stats struct {
	Pipeline string
	Stages   []StageStats // in the order in which they were added
	Links    []LinkStats  // in the order of the stages they leave
}

// StageStats is one stage. Items are counted when they change hands, slab by
// slab, so that In and Out are exact once the stage is done.
type StageStats struct {
	Name    string
	State   State
	Workers int
	In, Out int64
	Busy    time.Duration // time its workers spent not waiting on links
}

// LinkStats is one link.
type LinkStats struct {
	From, To string
	Fill     int           // items in it
	Cap      int           // items it holds before emit blocks
	Bytes    int64         // weight of the items in it, where it is bounded by [Bytes]
	MaxBytes int64         // the bound, 0 where there is none
	Items    int64         // that passed
	SendWait time.Duration // time that the producer waited for room
	RecvWait time.Duration // time that the consumer waited for items
}

// Stats may be called at any time, from any goroutine. It costs the stages
// nothing.
func (p *Pipeline) Stats() Stats {
	s := Stats{Pipeline: p.name}
	for _, n := range p.nodes {
		s.Stages = append(s.Stages, n.stats())
		for _, out := range n.outs {
			s.Links = append(s.Links, out.wiring().stats())
		}
	}
	return s
}

// Fill returns how full the fullest link is, between 0 and 1, by items or by
// bytes. It allocates nothing, for those who ask often.
func (p *Pipeline) Fill() float64 {
	var fullest float64
	for _, n := range p.nodes {
		for _, out := range n.outs {
			fullest = max(fullest, out.wiring().share())
		}
	}
	return fullest
}

// fill is the number of items in the link. A link that its producer waits for
// is full, also when one of its slabs is not or when the next item is too heavy
// for what is left. Two counters cannot be read at once, hence the bounds.
func (w *wire) fill() int {
	taken := w.taken.Load()
	n := min(max(int(w.sent.Load()-taken), 0), w.capacity)
	if n > 0 && w.scale == nil && w.held() {
		return w.capacity
	}
	return n
}

func (w *wire) share() float64 {
	switch {
	case w.held():
		return 1
	case w.scale != nil:
		return min(1, max(float64(w.fill())/float64(w.capacity), float64(w.scale.used.Load())/float64(w.scale.limit)))
	}
	return float64(w.fill()) / float64(w.capacity)
}

// held reports whether the producer waits for room.
func (w *wire) held() bool {
	_, waiting := w.sends.read()
	return waiting > 0
}

func (w *wire) stats() LinkStats {
	s := LinkStats{From: w.from.name, Fill: w.fill(), Cap: w.capacity, Items: w.sent.Load()}
	if w.to != nil {
		s.To = w.to.name
	}
	if w.scale != nil {
		s.Bytes, s.MaxBytes = w.scale.used.Load(), w.scale.limit
	}
	s.SendWait, _ = w.sends.read()
	s.RecvWait, _ = w.recvs.read()
	return s
}

func (n *node) stats() StageStats {
	s := StageStats{Name: n.name, Workers: n.workers}
	starvedFor, starved := n.atInput.read()
	blockedFor, blocked := n.atOutput.read()
	for _, in := range n.ins {
		w := in.wiring()
		s.In += w.taken.Load() - w.back.Load()
		total, waiting := w.recvs.read()
		starvedFor, starved = starvedFor+total, starved+waiting
	}
	for _, out := range n.outs {
		w := out.wiring()
		s.Out += w.sent.Load()
		total, waiting := w.sends.read()
		blockedFor, blocked = blockedFor+total, blocked+waiting
	}
	activeFor, active := n.active.read()
	s.Busy = max(0, activeFor-starvedFor-blockedFor)
	s.State = n.state(active, starved, blocked)
	return s
}

func (n *node) state(active, starved, blocked int) State {
	switch {
	case !n.started.Load():
		return Waiting
	case n.ended.Load():
		return Done
	case starved+blocked < active:
		return Running
	case blocked > 0:
		return Blocked
	}
	return Starved
}
