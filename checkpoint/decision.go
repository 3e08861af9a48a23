package checkpoint

import "strconv"

// Found is what a look at a name found; its zero value, nothing.
type Found struct {
	Exists   bool
	Identity Identity // whatever kind of file it is
}

// is reports whether it is the file that was recorded, whatever is in it now.
func (f Found) is(recorded Identity) bool {
	return f.Exists && recorded.known() && f.Identity.SameFile(recorded)
}

// isUnwritten reports whether it is that file, and the bytes are the same.
func (f Found) isUnwritten(recorded Identity) bool {
	return f.is(recorded) && f.Identity.unwritten(recorded)
}

// Action is what a stream may do next.
type Action int

const (
	// Start begins anew, at 0: delete the record, remove the temporary file if
	// RemoveTemp says so, and go through the steps of the package comment with a new
	// temporary file, under a name that was never used. In this order, and with that
	// name, no crash leaves an old record beside a new file that it seems to speak
	// of, and which may even have got the old one's inode.
	Start Action = iota
	// Refuse says that the source is not the one that was being copied: tell the
	// user, and use nothing of the copy. Remove the record and the temporary file as
	// for Start; the source as it is now may then be copied as a new stream.
	Refuse
	// Continue cuts the temporary file to Offset, restores the digests, and reads
	// the source from there on.
	Continue
	// Publish renames the temporary file, whose bytes are safe, saves RENAMED and
	// goes on as Finish does.
	Publish
	// Finish syncs the directory, saves DONE, and deletes the record when whoever
	// asked for the copy has been told.
	Finish
	// AlreadyDone has nothing left to do but to delete the record.
	AlreadyDone
)

var actionNames = [...]string{
	Start: "start", Refuse: "refuse", Continue: "continue", Publish: "publish", Finish: "finish", AlreadyDone: "already done",
}

// String is the action in a word.
func (a Action) String() string {
	if a < 0 || int(a) >= len(actionNames) {
		return "Action(" + strconv.Itoa(int(a)) + ")"
	}
	return actionNames[a]
}

// Decision is what [Recover] allows.
type Decision struct {
	Action Action
	// Offset is where to continue; 0 for any other action.
	Offset int64
	// RemoveTemp says that the temporary file is the record's and of no use any
	// more. Where it is false, whatever has that name stays.
	RemoveTemp bool
	// Reason is why, in a few words that follow a colon.
	Reason string
}
