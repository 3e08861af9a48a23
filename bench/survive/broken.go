package main

// breakage is a mistake that somebody could make, as an edit of the source.
type breakage struct {
	what     string
	file     string // in the module
	old, now string // old stands there exactly once
	by       []check
}

// breakages are builds each of which loses data or says what is not so. The checks
// that have caught it so far come first.
var breakages = []breakage{
	{
		what: "no data sync",
		file: "stages/storage/local/sink.go",
		old:  `func (s *Sink) sync() error { return s.noteSync(s.file.Sync()) }`,
		now:  `func (s *Sink) sync() error { return s.noteSync(nil) }`,
		by:   []check{tests("./stages/storage/local", "TestSinkNeverCommitsAfterFailedSync"), byCase(power, afterTheEnd, asShipped)},
	},
	{
		what: "no data sync of many small files",
		file: "stages/storage/local/together.go",
		old:  `	err := f.SyncFilesystem()`,
		now:  `	err, _ := error(nil), f`,
		by:   []check{tests("./stages/batch", "TestCopySurvivesEveryCrash"), byCase(power, afterTheEnd, asShipped)},
	},
	{
		what: "a file that got its first name is not synced with it",
		file: "stages/storage/local/names.go",
		old:  `	n.owed, n.linked = n.changes, n.changes`,
		now:  `	n.owed = n.changes`,
		by:   []check{tests("./stages/batch", "TestCopySurvivesEveryCrash")},
	},
	{
		what: "no directory sync",
		file: "checkpoint/disk/sync.go",
		old:  `= f.Sync()`,
		now:  `= error(nil)`,
		by:   []check{tests("./checkpoint", "TestFileStoreSaveOrder"), byCase(power, afterTheEnd, asShipped)},
	},
	{
		what: "record before data",
		file: "stages/sink.go",
		old: `	if v.To != nil {
		if err := v.To.Sync(ctx); err != nil {
			return fmt.Errorf("sync up to %d: %w", at.Offset, err)
		}
	}
	return v.Save(ctx, at)`,
		now: `	if err := v.Save(ctx, at); err != nil {
		return err
	}
	if v.To != nil {
		if err := v.To.Sync(ctx); err != nil {
			return fmt.Errorf("sync up to %d: %w", at.Offset, err)
		}
	}
	return nil`,
		by: []check{tests("./stages", "TestTransferSavesWhatIsSafe")},
	},
	{
		what: "record not synced before it is renamed",
		file: "checkpoint/write.go",
		old: `	if err == nil {
		err = f.Sync()
	}
`,
		by: []check{tests("./checkpoint", "TestFileStoreSaveOrder")},
	},
	{
		what: "rename error of a record ignored",
		file: "checkpoint/write.go",
		old:  `err = d.Rename(temp, name)`,
		now:  `_ = d.Rename(temp, name)`,
		by:   []check{tests("./checkpoint", "TestFileStoreSaveFailsAtEveryCall")},
	},
	{
		what: "resumed without a look at the source's identity",
		file: "checkpoint/recover.go",
		old:  `case r.Source.Identity != source:`,
		now:  `case false && r.Source.Identity != source:`,
		by:   []check{tests("./checkpoint", "TestRecover"), byCase(recovery, "the source has changed", withPoints)},
	},
	{
		what: "offset off by a chunk",
		file: "stages/sink.go",
		old:  `Safe{Offset: c.End(), `,
		now:  `Safe{Offset: c.Offset, `,
		by:   []check{tests("./stages", "TestTransferSavesWhatIsSafe"), byCase(recovery, "junk behind", withPoints)},
	},
	{
		what: "digest state of another offset",
		file: "stages/checksum.go",
		old: `	if _, err := set.Write(c.Data); err != nil {
		return fmt.Errorf("hash at %d: %w", c.Offset, err)
	}
	if !c.Mark {
		return nil
	}
	state, err := set.MarshalBinary()
	if err != nil {
		return fmt.Errorf("save digest state at %d: %w", c.End(), err)
	}
	c.State = state
	return nil`,
		now: `	state, err := set.MarshalBinary()
	if err != nil {
		return fmt.Errorf("save digest state at %d: %w", c.End(), err)
	}
	if c.Mark {
		c.State = state
	}
	if _, err := set.Write(c.Data); err != nil {
		return fmt.Errorf("hash at %d: %w", c.Offset, err)
	}
	return nil`,
		by: []check{tests("./stages", "TestChecksumPutsItsStateIntoMarkedChunks"), byCase(recovery, "junk behind", withPoints)},
	},
	{
		what: "the temporary file's tail is not cut off",
		file: "stages/storage/local/resume.go",
		old:  `return s.file.Truncate(offset)`,
		now:  `return nil`,
		by:   []check{byCase(recovery, "junk behind", withPoints)},
	},
	{
		what: "done is told before the directory is synced",
		file: "stages/batch/copylarge.go",
		old: `	if err := t.folder.SyncNames(ctx); err != nil {
		return err
	}
	return t.reached(ctx, checkpoint.Done)`,
		now: `	return t.reached(ctx, checkpoint.Done)`,
		by:  []check{byCase(power, afterTheEnd, asShipped)},
	},
	{
		what: "another file is continued as ours",
		file: "checkpoint/decision.go",
		old:  `return f.Exists && recorded.known() && f.Identity.SameFile(recorded)`,
		now:  `return f.Exists && recorded.known()`,
		by:   []check{tests("./checkpoint", "TestRecover"), byCase(recovery, "another file has the name", withPoints)},
	},
	{
		what: "error of a write ignored",
		file: "stages/storage/local/write.go",
		old: `	n, err := s.file.WriteAt(p, offset)
	if n > 0 {`,
		now: `	_, _ = s.file.WriteAt(p, offset)
	n, err := len(p), error(nil)
	if n > 0 {`,
		by: []check{tests("./stages/storage/local", "TestSinkFailsAtEveryCall"), byCase(full, "the destination is full", asShipped)},
	},
	{
		what: "error of a close ignored",
		file: "checkpoint/write.go",
		old:  `return errors.Join(err, f.Close())`,
		now:  `_ = f.Close(); return err`,
		by:   []check{tests("./checkpoint", "TestFileStoreSaveFailsAtEveryCall")},
	},
	{
		what: "error of the copy's close ignored",
		file: "stages/storage/local/publish.go",
		old: `	if err := s.file.Close(); err != nil {
		s.lose()
		return err
	}
	m := `,
		now: `	_ = s.file.Close()
	m := `,
		by: []check{tests("./stages/storage/local", "TestSinkFailsAtEveryCall")},
	},
	{
		what: "verified without reading back",
		file: "stages/batch/readback.go",
		old:  `if done := r.Err != nil || r.Outcome != Copied || r.verified || t.Verify == VerifyNone; done {`,
		now:  `if done := true; done {`,
		by:   []check{tests("./stages/batch", "TestCopyIsReadBack"), byCase(storage, "--verify cache", withPoints)},
	},
	{
		what: "what was read back of a large copy is not held against it",
		file: "stages/batch/readback.go",
		old:  `case !bytes.Equal(f.set.Sums()[0], t.result.Sums[0]):`,
		now:  `case bytes.Equal(f.set.Sums()[0], nil):`,
		by:   []check{tests("./stages/batch", "TestCopyIsReadBack"), byCase(storage, "--verify cache", withPoints)},
	},
	{
		what: "the journal is believed without a look at the copy",
		file: "stages/batch/plan.go",
		old:  `if err != nil || !found.Exists || found.Identity != e.Destination {`,
		now:  `if err != nil || !found.Exists {`,
		by:   []check{byCase(recovery, "the copy was written to", withPoints)},
	},
	{
		what: "a file that failed to sync is kept to be resumed",
		file: "stages/storage/local/publish.go",
		old: `	if unsynced {
		return s.fail("leave", failed)
	}
`,
		now: `	_, _ = unsynced, failed
`,
		by: []check{byCase(storage, "a sync of the data fails", withPoints)},
	},
	{
		what: "a source that ended early is believed",
		file: "stages/read.go",
		old:  `return storage.Verify(ctx, src, before, l.offset)`,
		now:  `return nil`,
		by:   []check{tests("./stages", "TestTransferReportsAChangedSource")},
	},
}
