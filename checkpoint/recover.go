package checkpoint

import "fmt"

// Recover decides what a stream may do, from what its record says and from what
// is there now: the temporary file, the final one and the source. It does nothing
// itself, and the same arguments always give the same decision.
//
// record is nil where Load returned [ErrNotFound] or an error that is
// [ErrUnusable]. temp and final are what Lstat finds under the record's two names
// in the directory of its Destination, following no link; without a record they
// do not matter.
//
// The first rule that applies decides:
//
//  1. There is no record: [Start].
//  2. The source differs from the record's in any field: [Refuse].
//  3. The record is of digests alone: [Continue].
//  4. The record is SYNCED or later, and the final file is the one that was synced:
//     [AlreadyDone] in state DONE, otherwise [Finish]. In state SYNCED the process was
//     killed between the renaming and the next record.
//  5. The record is SYNCED or RENAMED, and the temporary file is the one that was
//     synced: [Publish]. In state RENAMED a power cut has undone the renaming.
//  6. The record is COPYING, and the temporary file is the record's and has at
//     least Offset bytes: [Continue]. A shorter one has lost bytes that were said
//     to be safe, and is not made longer.
//  7. Otherwise: [Start].
//
// A file is the record's if device and inode are those of Temp, and the one that
// was synced if size and modification time are too; the change time is not asked,
// since a rename changes it. Another file under a name of ours is somebody else's:
// it is never continued, and not removed. Where a system tells no inodes no file is
// known to be ours, and a stream always starts anew.
func Recover(record *Record, temp, final Found, source Identity) Decision {
	if record == nil {
		return Decision{Action: Start, Reason: "there is no record"}
	}
	d := record.decide(temp, final, source)
	if d.Action != Continue && d.Action != Publish {
		d.RemoveTemp = temp.is(record.Temp.Identity)
	}
	return d
}

func (r *Record) decide(temp, final Found, source Identity) Decision {
	inPlace := r.State >= Synced && final.isUnwritten(r.Temp.Identity)
	complete := (r.State == Synced || r.State == Renamed) && temp.isUnwritten(r.Temp.Identity)
	safe := r.State == Copying && temp.is(r.Temp.Identity) && temp.Identity.Size >= r.Offset
	switch {
	case r.Source.Identity != source:
		return Decision{Action: Refuse, Reason: "the source has changed since"}
	case !r.writes():
		return Decision{Action: Continue, Offset: r.Offset, Reason: "the digests are safe so far"}
	case inPlace && r.State == Done:
		return Decision{Action: AlreadyDone, Reason: "the copy is in place"}
	case inPlace:
		return Decision{Action: Finish, Reason: "the copy has its final name"}
	case complete:
		return Decision{Action: Publish, Reason: "the copy is complete"}
	case safe:
		return Decision{Action: Continue, Offset: r.Offset, Reason: "the copy is safe so far"}
	default:
		return Decision{Action: Start, Reason: r.lost(temp)}
	}
}

// lost says why the copy that the record speaks of is not to be used.
func (r *Record) lost(temp Found) string {
	switch {
	case r.State == Done:
		return "the copy was replaced, changed or removed since"
	case !temp.Exists:
		return "the temporary file is gone"
	case !temp.is(r.Temp.Identity):
		return "another file has the name of the temporary one"
	case temp.Identity.Size < r.Offset:
		return fmt.Sprintf("the temporary file has %d bytes, and should have %d", temp.Identity.Size, r.Offset)
	default:
		return "the temporary file was written to by somebody else"
	}
}
