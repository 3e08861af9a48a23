package checkpoint

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// recordFrame is what a record's file begins with.
var recordFrame = frame{magic: "PENSTREC", version: 1}

// payload is a record as JSON, inside its frame. JSON and no encoding of ours:
// the frame finds every flipped bit whatever is in it, fields may be added that
// an earlier version passes over, and whoever wonders about a record can read it.
// The order of the fields is fixed, so that a record has one encoding.
type payload struct {
	Stream      text          `json:"stream"`
	Job         text          `json:"job,omitempty"`
	State       string        `json:"state"`
	Source      place         `json:"source"`
	Destination text          `json:"destination"`
	Temp        place         `json:"temp"`
	Offset      int64         `json:"offset"`
	Chunk       int64         `json:"chunk"`
	Digests     []DigestState `json:"digests,omitempty"`
	Time        time.Time     `json:"time"`
}

type place struct {
	Path     text     `json:"path"`
	Identity Identity `json:"identity"`
}

// MarshalBinary encodes the record. It is an error if the record cannot be true,
// as one whose offset is ahead of its files, and [ErrTooLarge] if it has more
// than [MaxSize] bytes.
func (r *Record) MarshalBinary() ([]byte, error) {
	if err := r.validate(); err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	encoded, err := json.Marshal(payload{
		Stream:      text(r.Stream),
		Job:         text(r.Job),
		State:       r.State.String(),
		Source:      place{text(r.Source.Path), r.Source.Identity},
		Destination: text(r.Destination),
		Temp:        place{text(r.Temp.Path), r.Temp.Identity},
		Offset:      r.Offset,
		Chunk:       r.Chunk,
		Digests:     r.Digests,
		Time:        r.Time.UTC(),
	})
	if err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	if n := len(encoded) + frameExcess; n > MaxSize {
		return nil, fmt.Errorf("encode record: %w", refuse(ErrTooLarge, "%d bytes, and it may have %d", n, MaxSize))
	}
	return recordFrame.encode(encoded), nil
}

// UnmarshalBinary decodes a record, all of data. The error is [ErrCorrupt],
// [ErrVersion] or [ErrTooLarge], and r is then what it was before. Nothing of
// data is kept.
func (r *Record) UnmarshalBinary(data []byte) error {
	if len(data) > MaxSize {
		return refuse(ErrTooLarge, "%d bytes, and it may have %d", len(data), MaxSize)
	}
	encoded, err := recordFrame.decode(data)
	if err != nil {
		return err
	}
	var p payload
	if err := json.Unmarshal(encoded, &p); err != nil {
		return refuse(ErrCorrupt, "%v", err)
	}
	decoded := Record{
		Stream:      string(p.Stream),
		Job:         string(p.Job),
		State:       State(slices.Index(stateNames[:], p.State)),
		Source:      File{string(p.Source.Path), p.Source.Identity},
		Destination: string(p.Destination),
		Temp:        File{string(p.Temp.Path), p.Temp.Identity},
		Offset:      p.Offset,
		Chunk:       p.Chunk,
		Digests:     p.Digests,
		Time:        p.Time.UTC(),
	}
	if err := decoded.validate(); err != nil {
		return refuse(ErrCorrupt, "%v", err)
	}
	*r = decoded
	return nil
}
