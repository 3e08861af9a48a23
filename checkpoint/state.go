package checkpoint

import "strconv"

// State is how far a stream has come. It only ever grows: COPYING, SYNCED,
// RENAMED, DONE.
type State int

// A record of a state is saved after what it speaks of has happened, and before
// anything that the next one speaks of.
const (
	// Copying means that the temporary file holds Offset bytes that were synced,
	// and perhaps more that were not.
	Copying State = iota
	// Synced means that the temporary file is complete, has its final times and
	// permissions, and was synced.
	Synced
	// Renamed means that it has its final name, which a power cut may still undo.
	Renamed
	// Done means that the directory was synced after the renaming: the copy would
	// survive a power cut under its final name.
	Done
)

var stateNames = [...]string{Copying: "COPYING", Synced: "SYNCED", Renamed: "RENAMED", Done: "DONE"}

// String is the name that stands in a record, such as "COPYING".
func (s State) String() string {
	if !s.valid() {
		return "State(" + strconv.Itoa(int(s)) + ")"
	}
	return stateNames[s]
}

func (s State) valid() bool { return s >= Copying && s <= Done }
