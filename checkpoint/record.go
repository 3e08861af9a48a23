package checkpoint

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxSize is how many bytes an encoded record, or an entry of a [Journal], has at
// most. A record of a SHA-512 and a BLAKE3 in the middle of a file is a few
// thousand; what is larger than this is no record, and is not read.
const MaxSize = 1 << 20

// MaxID is how many bytes the id of a stream or a job has at most.
const MaxID = 4 << 10

// Record is one checkpoint: what of a stream has safely arrived. It is saved
// after the data that it speaks of was synced, and never before.
//
// Paths and ids are bytes and need not be UTF-8.
type Record struct {
	// Stream is the id of the stream, by which the record is found: the same for
	// the same source on its way to the same destination, and for nothing else. 1
	// to [MaxID] bytes.
	Stream string
	// Job is the id of the job that the stream is part of; empty for none.
	Job   string
	State State
	// Source is what is read, as it was when the stream began.
	Source File
	// Destination is the path that the copy gets. It is empty, and Temp is zero,
	// where nothing is written: the record is then one of the digests alone, and
	// always COPYING.
	Destination string
	// Temp is the file that is written, which stands in the directory of
	// Destination: Path is its name there and nothing more. Identity is the one
	// after the sync that this record waited for. A stream that begins anew takes
	// a name that was never used before; see [Start].
	Temp File
	// Offset is how many bytes of the source are in Temp and synced.
	Offset int64
	// Chunk is how many chunks those came in.
	Chunk int64
	// Digests are the states of the digests of the first Offset bytes.
	Digests []DigestState
	// Time is when the record was made. It is kept for [Retention].
	Time time.Time
}

// File is a file, by where it is and which it is.
type File struct {
	Path     string
	Identity Identity
}

// DigestState is a digest that was interrupted.
type DigestState struct {
	Algorithm string `json:"algorithm"`
	State     []byte `json:"state"` // its meaning is the algorithm's
}

// validate reports every reason why the record cannot be true. A record that
// fails is neither written nor used.
func (r *Record) validate() error {
	faults := []error{checkID("stream", r.Stream, 1), checkID("job", r.Job, 0), r.checkProgress(), r.checkDigests()}
	if r.Source.Path == "" {
		faults = append(faults, errors.New("the source has no path"))
	}
	if r.writes() {
		faults = append(faults, r.checkWritten())
	} else if r.State != Copying {
		faults = append(faults, fmt.Errorf("the state is %v, and nothing is written", r.State))
	}
	if r.Time.IsZero() {
		faults = append(faults, errors.New("there is no time"))
	}
	return errors.Join(faults...)
}

// writes reports whether the stream makes a copy.
func (r *Record) writes() bool { return r.Destination != "" || r.Temp != (File{}) }

// checkWritten is for what only a copy has.
func (r *Record) checkWritten() error {
	var faults []error
	if r.Destination == "" {
		faults = append(faults, errors.New("there is no destination"))
	}
	if name := r.Temp.Path; name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") {
		faults = append(faults, fmt.Errorf("temporary file %q: want a name without a directory", name))
	}
	if written := r.Temp.Identity.Size; written < r.Offset {
		faults = append(faults, fmt.Errorf("the offset is %d, and the temporary file has %d bytes", r.Offset, written))
	}
	return errors.Join(faults...)
}

func checkID(what, id string, least int) error {
	if len(id) < least || len(id) > MaxID {
		return fmt.Errorf("the id of the %s is %d bytes long: want %d to %d", what, len(id), least, MaxID)
	}
	return nil
}

// checkProgress holds the offset against both files: a record must not be ahead
// of its data.
func (r *Record) checkProgress() error {
	size, written := r.Source.Identity.Size, r.Temp.Identity.Size
	var faults []error
	if !r.State.valid() {
		faults = append(faults, fmt.Errorf("the state is %v", r.State))
	}
	if r.Chunk < 0 {
		faults = append(faults, fmt.Errorf("the chunk is number %d", r.Chunk))
	}
	if r.Offset < 0 || r.Offset > size {
		faults = append(faults, fmt.Errorf("the offset is %d, and the source has %d bytes", r.Offset, size))
	}
	if r.State > Copying && (r.Offset != size || written != size) {
		faults = append(faults, fmt.Errorf("the state is %v, and %d of %d bytes are in a file of %d", r.State, r.Offset, size, written))
	}
	return errors.Join(faults...)
}

func (r *Record) checkDigests() error {
	seen := make(map[string]bool, len(r.Digests))
	for _, d := range r.Digests {
		if d.Algorithm == "" || !utf8.ValidString(d.Algorithm) { // unlike a path, it is a name of our own
			return fmt.Errorf("algorithm %q: want a name in UTF-8", d.Algorithm)
		}
		if seen[d.Algorithm] {
			return fmt.Errorf("digest %s is there twice", d.Algorithm)
		}
		seen[d.Algorithm] = true
	}
	return nil
}
