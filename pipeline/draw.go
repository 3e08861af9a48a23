package pipeline

import (
	"fmt"
	"strings"
)

// String draws the pipeline, with what each link holds on its arrow and a line
// for each chain of stages. A stage that joins or splits streams begins one for
// each stream that leaves it.
//
//	transfer: read ─4─▶ throttle ─1─▶ checksum ×4 ─4─▶ sink
func (p *Pipeline) String() string {
	var lines []string
	for _, n := range p.nodes {
		switch {
		case len(n.outs) > 1:
			for _, out := range n.outs {
				lines = append(lines, n.label()+arrow(out))
			}
		case len(n.ins) != 1:
			lines = append(lines, n.label()+arrow(n.outs[0]))
		}
	}
	switch len(lines) {
	case 0:
		return p.name + ": no stages"
	case 1:
		return p.name + ": " + lines[0]
	}
	return p.name + ":\n  " + strings.Join(lines, "\n  ")
}

// arrow draws a link and what follows it, up to where another line begins.
func arrow(out outPort) string {
	w := out.wiring()
	head := " ─" + w.label() + "─▶ "
	switch {
	case w.to == nil:
		return head + "?"
	case len(w.to.ins) > 1 || len(w.to.outs) != 1:
		return head + w.to.label()
	}
	return head + w.to.label() + arrow(w.to.outs[0])
}

// Dot draws the pipeline in the language of Graphviz.
func (p *Pipeline) Dot() string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %q {\n\trankdir=LR\n\tnode [shape=box]\n", p.name)
	for _, n := range p.nodes {
		fmt.Fprintf(&b, "\t%q [label=%q]\n", n.name, n.label())
	}
	for _, n := range p.nodes {
		for _, out := range n.outs {
			if w := out.wiring(); w.to != nil {
				fmt.Fprintf(&b, "\t%q -> %q [label=%q]\n", n.name, w.to.name, w.label())
			}
		}
	}
	b.WriteString("}\n")
	return b.String()
}

func (n *node) label() string {
	if n.workers > 1 && len(n.ins) == 1 {
		return fmt.Sprintf("%s ×%d", n.name, n.workers)
	}
	return n.name
}

func (w *wire) label() string {
	if w.scale != nil {
		return fmt.Sprintf("%d, %d B", w.capacity, w.scale.limit)
	}
	return fmt.Sprint(w.capacity)
}
