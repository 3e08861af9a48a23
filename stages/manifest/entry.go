package manifest

import "github.com/penstock-go/penstock/stages/digest"

// MaxLine is the most bytes a line may have, without its end and a byte order
// mark. It is sixteen times the longest path Linux opens, which leaves room for
// a name that is escaped throughout, and small enough to be held in memory.
const MaxLine = 64 << 10

// Entry is what a list says of one file.
type Entry struct {
	Name  string // as it stands in the list, unescaped: raw bytes, maybe invalid UTF-8
	Stdin bool   // the data came from standard input, and Name is "-"
	Size  int64  // bytes in the file, -1 when the list does not say
	Sums  []Sum  // at least one

	// Candidates are the algorithms that the one digest in Sums may be of, most
	// usual first, where the list does not name it and several have its length.
	// It is nil where every Sum names its own. A checker computes all of them in
	// one pass and settles on the one that matches. Writers do not look at it.
	Candidates []digest.Algorithm

	Line int // the entry's first line in the list read, from 1; writers do not look at it
}

// Sum is one digest of a file.
type Sum struct {
	Algorithm digest.Algorithm // zero only where Entry.Candidates holds what it may be
	Value     []byte           // as many bytes as the algorithm's Size says
}

// stdin is the name that stands for standard input in every form.
const stdin = "-"

// named returns an entry read for name. Size is unknown until a form says it.
func named(name string, sums ...Sum) Entry {
	return Entry{Name: name, Stdin: name == stdin, Size: -1, Sums: sums}
}

// joins tells whether next goes on with e: the same file under algorithms that
// e does not have yet, so that one reading of the file serves both. A repeated
// algorithm is a duplicate and stays an entry of its own.
func (e *Entry) joins(next *Entry) bool {
	if e.Name != next.Name || e.Size != next.Size || e.Candidates != nil || next.Candidates != nil {
		return false
	}
	for _, have := range e.Sums {
		for _, sum := range next.Sums {
			if have.Algorithm == sum.Algorithm {
				return false
			}
		}
	}
	return true
}
