package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// drop drops the files from the page cache. It returns how many it could.
func (s *subject) drop(ctx context.Context) (dropped int, err error) {
	err = s.each(ctx, func(path string, _ int64) error {
		switch err := bench.Evict(path); {
		case err == nil:
			dropped++
		case errors.Is(err, bench.ErrCached):
			s.cached = true
		}
		return nil // what cannot be opened, the runs tell of
	})
	return dropped, err
}

// dropOnce finds out whether the page cache can be had cold, if it is to be.
func (b *benching) dropOnce(ctx context.Context) error {
	cold := func(f *choiceFlag) bool { return f.value == cacheCold }
	if !slices.ContainsFunc(b.cache.values, cold) {
		return nil
	}
	dropped, err := b.subject.drop(ctx)
	if err != nil || dropped > 0 || !b.subject.cached {
		return err
	}
	b.cache.values = slices.DeleteFunc(b.cache.values, cold)
	if len(b.cache.values) == 0 {
		return fatal(fmt.Errorf("%s: the file system, or the system, does not let go of what is in the page cache; "+
			"measure with --cache warm, or on another", quoted(b.subject.name)))
	}
	return nil
}

// firstWarm is how long warming goes on before it is known how far a run comes.
const firstWarm = time.Second

// warm reads the files, as far as any run has come and a bit further.
func (s *subject) warm(ctx context.Context) error {
	reach, began := s.reach.Load(), time.Now()
	most := reach + reach/4 + 64<<20
	buf := make([]byte, 1<<20)
	var read int64
	err := s.each(ctx, func(path string, _ int64) error {
		f, err := local.Open(ctx, path)
		if err != nil {
			return nil // the runs tell of it
		}
		defer f.Close()
		for at := int64(0); ; {
			n, err := f.ReadAt(buf, at)
			at += int64(n)
			read += int64(n)
			switch {
			case ctx.Err() != nil:
				return context.Cause(ctx)
			case reach > 0 && read > most, reach == 0 && time.Since(began) > firstWarm:
				return errEnough
			case errors.Is(err, io.EOF), err != nil:
				return nil // likewise
			}
		}
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// reached notes how far a run has come.
func (s *subject) reached(bytes int64) { s.reach.Store(max(bytes, s.reach.Load())) }
