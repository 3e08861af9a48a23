package checkpoint_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/checkpoint"
)

// situation is one combination of what a record says and what is there, by the
// names below.
type situation struct{ record, temp, final, source string }

// recorded are the records that there can be; a damaged one is as good as none.
var recorded = map[string]func() *checkpoint.Record{
	"none":             func() *checkpoint.Record { return nil },
	"damaged":          func() *checkpoint.Record { return nil },
	"COPYING, nothing": func() *checkpoint.Record { return copying(0) },
	"COPYING, some":    func() *checkpoint.Record { return copying(640) },
	"COPYING, all":     func() *checkpoint.Record { return copying(1000) },
	"SYNCED":           func() *checkpoint.Record { r := reached(checkpoint.Synced); return &r },
	"RENAMED":          func() *checkpoint.Record { r := reached(checkpoint.Renamed); return &r },
	"DONE":             func() *checkpoint.Record { r := reached(checkpoint.Done); return &r },
}

func copying(offset int64) *checkpoint.Record {
	r := aRecord()
	r.Offset, r.Temp.Identity.Size = offset, offset
	return &r
}

// looks turn the identity in the record into what is found: of a file that was
// renamed, the change time differs whatever else there is.
var looks = map[string]func(*checkpoint.Identity){
	"ours":            func(i *checkpoint.Identity) { i.ChangeTime++ },
	"ours, untouched": func(*checkpoint.Identity) {},
	"ours, rewritten": func(i *checkpoint.Identity) { i.ModTime++; i.ChangeTime++ },
	"ours, shorter":   func(i *checkpoint.Identity) { i.Size--; i.ChangeTime++ },
	"ours, longer":    func(i *checkpoint.Identity) { i.Size++; i.ChangeTime++ },
	"another": func(i *checkpoint.Identity) {
		*i = checkpoint.Identity{Device: 9, Inode: 9, Size: 9, ModTime: 9, ChangeTime: 9}
	},
	"looks alike":     func(i *checkpoint.Identity) { i.Inode-- },
	"on another disk": func(i *checkpoint.Identity) { i.Device++ },
	"missing":         nil,
}

var sources = map[string]func(*checkpoint.Identity){
	"same":          func(*checkpoint.Identity) {},
	"another disk":  func(i *checkpoint.Identity) { i.Device++ },
	"another inode": func(i *checkpoint.Identity) { i.Inode++ },
	"longer":        func(i *checkpoint.Identity) { i.Size++ },
	"modified":      func(i *checkpoint.Identity) { i.ModTime++ },
	"time put back": func(i *checkpoint.Identity) { i.ChangeTime++ },
}

func found(recorded checkpoint.Identity, look func(*checkpoint.Identity)) checkpoint.Found {
	if look == nil {
		return checkpoint.Found{}
	}
	look(&recorded)
	return checkpoint.Found{Exists: true, Identity: recorded}
}

func (s situation) recover() (*checkpoint.Record, checkpoint.Decision) {
	r := recorded[s.record]()
	as := aRecord()
	if r != nil {
		as = *r
	}
	source := as.Source.Identity
	sources[s.source](&source)
	temp, final := found(as.Temp.Identity, looks[s.temp]), found(as.Temp.Identity, looks[s.final])
	return r, checkpoint.Recover(r, temp, final, source)
}

func oneOf(s string, of ...string) bool { return slices.Contains(of, s) }

func (s situation) recordless() bool { return oneOf(s.record, "none", "damaged") }
func (s situation) copying() bool {
	return oneOf(s.record, "COPYING, nothing", "COPYING, some", "COPYING, all")
}
func (s situation) complete() bool { return oneOf(s.record, "SYNCED", "RENAMED") }
func (s situation) usable() bool   { return !s.recordless() && s.source == "same" }
func (s situation) inPlace() bool  { return oneOf(s.final, "ours", "ours, untouched") }

// rules say for every situation, in words of its own, what is to be done; exactly
// one of them fits each.
var rules = []struct {
	name string
	fits func(situation) bool
	want checkpoint.Action
}{
	{"without a record nothing is known", situation.recordless, checkpoint.Start},
	{"a source that changed is never resumed, whatever else there is", func(s situation) bool {
		return !s.recordless() && s.source != "same"
	}, checkpoint.Refuse},
	{"the copy is done and still there", func(s situation) bool {
		return s.usable() && s.record == "DONE" && s.inPlace()
	}, checkpoint.AlreadyDone},
	{"the copy was done, and is not there any more", func(s situation) bool {
		return s.usable() && s.record == "DONE" && !s.inPlace()
	}, checkpoint.Start},
	{"the copy is complete and has its name: no new one is begun", func(s situation) bool {
		return s.usable() && s.complete() && s.inPlace()
	}, checkpoint.Finish},
	{"the copy is complete and has not its name, or lost it", func(s situation) bool {
		return s.usable() && s.complete() && !s.inPlace() && oneOf(s.temp, "ours", "ours, untouched")
	}, checkpoint.Publish},
	{"the copy was complete, and is nowhere as it was", func(s situation) bool {
		return s.usable() && s.complete() && !s.inPlace() && !oneOf(s.temp, "ours", "ours, untouched")
	}, checkpoint.Start},
	{"what is safe is there, and perhaps more, whatever has the final name", func(s situation) bool {
		return s.usable() && s.copying() && oneOf(s.temp, "ours", "ours, untouched", "ours, rewritten", "ours, longer")
	}, checkpoint.Continue},
	{"what was safe is not there", func(s situation) bool {
		return s.usable() && s.copying() && oneOf(s.temp, "missing", "ours, shorter", "another", "looks alike", "on another disk")
	}, checkpoint.Start},
}

func TestRecover(t *testing.T) {
	seen := 0
	for record := range recorded {
		for temp := range looks {
			for final := range looks {
				for source := range sources {
					seen++
					s := situation{record, temp, final, source}
					s.check(t)
				}
			}
		}
	}
	require.Equal(t, 8*9*9*6, seen)
}

func (s situation) check(t *testing.T) {
	t.Helper()
	r, got := s.recover()
	var fitting []string
	for _, rule := range rules {
		if !rule.fits(s) {
			continue
		}
		fitting = append(fitting, rule.name)
		require.Equal(t, rule.want, got.Action, "%+v: %s; got %v: %s", s, rule.name, got.Action, got.Reason)
	}
	require.Len(t, fitting, 1, "%+v wants one rule", s)
	require.NotEmpty(t, got.Reason)

	wantOffset := int64(0)
	if got.Action == checkpoint.Continue {
		wantOffset = r.Offset
	}
	require.Equal(t, wantOffset, got.Offset, "%+v", s)

	ours := r != nil && oneOf(s.temp, "ours", "ours, untouched", "ours, rewritten", "ours, shorter", "ours, longer")
	used := got.Action == checkpoint.Continue || got.Action == checkpoint.Publish
	require.Equal(t, ours && !used, got.RemoveTemp, "%+v: what is ours and of no use goes, and nothing else does", s)
}

// The rules are of no use if one of them never fits.
func TestRecoverHasNoIdleRule(t *testing.T) {
	for _, rule := range rules {
		n := 0
		for record := range recorded {
			for temp := range looks {
				for final := range looks {
					if rule.fits(situation{record, temp, final, "same"}) || rule.fits(situation{record, temp, final, "longer"}) {
						n++
					}
				}
			}
		}
		require.Positive(t, n, rule.name)
	}
}

// Where no inode is told, any file would be ours.
func TestRecoverWithoutInodes(t *testing.T) {
	for name := range recorded {
		r := recorded[name]()
		if r == nil {
			continue
		}
		r.Temp.Identity.Device, r.Temp.Identity.Inode = 0, 0
		there := found(r.Temp.Identity, looks["ours"])
		d := checkpoint.Recover(r, there, there, r.Source.Identity)
		require.Equal(t, checkpoint.Start, d.Action, name)
		require.False(t, d.RemoveTemp, name)
	}
}

// A record of digests alone speaks of no file but the source.
func TestRecoverOfDigestsAlone(t *testing.T) {
	for offset := range int64(3) {
		r := digestsAlone()
		r.Offset = 500 * offset
		for temp := range looks {
			for source := range sources {
				is := r.Source.Identity
				sources[source](&is)
				d := checkpoint.Recover(&r, found(aRecord().Temp.Identity, looks[temp]), checkpoint.Found{}, is)
				want := checkpoint.Decision{Action: checkpoint.Continue, Offset: r.Offset, Reason: "the digests are safe so far"}
				if source != "same" {
					want = checkpoint.Decision{Action: checkpoint.Refuse, Reason: "the source has changed since"}
				}
				require.Equal(t, want, d, "%s, %s", temp, source)
			}
		}
	}
}

func TestRecoverSaysWhy(t *testing.T) {
	for s, want := range map[situation]string{
		{"none", "missing", "missing", "same"}:                "there is no record",
		{"COPYING, some", "ours", "missing", "modified"}:      "the source has changed since",
		{"COPYING, some", "ours", "missing", "same"}:          "the copy is safe so far",
		{"COPYING, some", "ours, shorter", "missing", "same"}: "the temporary file has 639 bytes, and should have 640",
		{"COPYING, some", "missing", "missing", "same"}:       "the temporary file is gone",
		{"COPYING, some", "looks alike", "missing", "same"}:   "another file has the name of the temporary one",
		{"SYNCED", "ours", "missing", "same"}:                 "the copy is complete",
		{"SYNCED", "missing", "ours", "same"}:                 "the copy has its final name",
		{"RENAMED", "ours, rewritten", "missing", "same"}:     "the temporary file was written to by somebody else",
		{"DONE", "missing", "ours", "same"}:                   "the copy is in place",
		{"DONE", "missing", "looks alike", "same"}:            "the copy was replaced, changed or removed since",
		{"DONE", "missing", "ours, rewritten", "same"}:        "the copy was replaced, changed or removed since",
	} {
		_, d := s.recover()
		require.Equal(t, want, d.Reason, "%+v", s)
	}
	require.Equal(t, []string{"start", "refuse", "continue", "publish", "finish", "already done", "Action(6)", "Action(-1)"}, func() (names []string) {
		for _, a := range []checkpoint.Action{
			checkpoint.Start, checkpoint.Refuse, checkpoint.Continue, checkpoint.Publish, checkpoint.Finish, checkpoint.AlreadyDone, 6, -1,
		} {
			names = append(names, a.String())
		}
		return names
	}())
}

// What must hold of every decision, whatever is found.
func TestRecoverInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := *recorded[rapid.SampledFrom(slices.Sorted(maps.Keys(recorded))[:6]).Draw(t, "record")]()
		r.Temp.Identity = drawNear(t, "recorded", r.Temp.Identity)
		temp, final := drawFound(t, "temp", r.Temp.Identity), drawFound(t, "final", r.Temp.Identity)
		source := drawNear(t, "source", r.Source.Identity)
		before := fmt.Sprintf("%+v", r)
		d := checkpoint.Recover(&r, temp, final, source)
		require.Equal(t, d, checkpoint.Recover(&r, temp, final, source), "it is a function")
		require.Equal(t, before, fmt.Sprintf("%+v", r), "and changes nothing")

		tempOurs := temp.Exists && temp.Identity.SameFile(r.Temp.Identity) && temp.Identity.Inode != 0
		finalOurs := final.Exists && final.Identity.SameFile(r.Temp.Identity) && final.Identity.Size == r.Source.Identity.Size
		if source != r.Source.Identity {
			require.Equal(t, checkpoint.Refuse, d.Action)
		}
		switch d.Action {
		case checkpoint.Continue:
			require.True(t, tempOurs)
			require.Equal(t, checkpoint.Copying, r.State)
			require.Equal(t, r.Offset, d.Offset)
			require.GreaterOrEqual(t, temp.Identity.Size, d.Offset)
		case checkpoint.Publish:
			require.True(t, tempOurs)
			require.Contains(t, []checkpoint.State{checkpoint.Synced, checkpoint.Renamed}, r.State)
			require.Equal(t, r.Temp.Identity.Size, temp.Identity.Size)
		case checkpoint.Finish, checkpoint.AlreadyDone:
			require.True(t, finalOurs || r.Temp.Identity.Size != r.Source.Identity.Size)
			require.NotEqual(t, checkpoint.Copying, r.State)
			require.Equal(t, r.State == checkpoint.Done, d.Action == checkpoint.AlreadyDone)
		case checkpoint.Refuse:
			require.NotEqual(t, source, r.Source.Identity)
		case checkpoint.Start: // is always safe
		}
		if d.RemoveTemp {
			require.True(t, tempOurs)
		}
	})
}

func drawNear(t *rapid.T, name string, i checkpoint.Identity) checkpoint.Identity {
	change := rapid.SampledFrom([]string{"", "", "", "device", "inode", "no inode", "size", "mtime", "ctime"}).Draw(t, name)
	by := rapid.Int64Range(-2, 2).Draw(t, name+" by")
	switch change {
	case "device":
		i.Device += uint64(by)
	case "inode":
		i.Inode += uint64(by)
	case "no inode":
		i.Inode = 0
	case "size":
		i.Size += by
	case "mtime":
		i.ModTime += by
	case "ctime":
		i.ChangeTime += by
	}
	return i
}

func drawFound(t *rapid.T, name string, near checkpoint.Identity) checkpoint.Found {
	if rapid.IntRange(0, 4).Draw(t, name+" missing") == 0 {
		return checkpoint.Found{}
	}
	return checkpoint.Found{Exists: true, Identity: drawNear(t, name, near)}
}
