package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/bench/proof"
	"github.com/penstock-go/penstock/stages/digest"
)

// widthFiles is how many files the streams share, so many that each of the widths has
// more than one turn.
const widthFiles = 48

// widths are the numbers of streams that are held against each other; 0 is as many as
// the batch finds to be fastest.
var widths = []int{0, 1, 2, 4, 8, 16}

// width reads files from the disk, not from the cache, with each of the widths in turn.
func width(ctx context.Context, s size) ([]proof.Row, error) {
	what := "streams on the disk of " + os.TempDir() + ", cold cache: auto over the fastest of 1, 2, 4, 8, 16"
	paths, remove, err := solid(s.file / 5 / widthFiles)
	if err != nil {
		return nil, err
	}
	defer remove()
	took := map[int][]time.Duration{}
	for i := range s.pairs {
		for j := range widths {
			n := widths[(i+j)%len(widths)]
			for _, path := range paths {
				if err := bench.Evict(path); errors.Is(err, bench.ErrCached) {
					return []proof.Row{{What: what, Wanted: "≥ 0.90", Skipped: err.Error()}}, nil
				} else if err != nil {
					return nil, err
				}
			}
			out, err := apart(ctx, "", "width", strconv.Itoa(n)+" "+filepath.Dir(paths[0]))
			if err != nil {
				return nil, err
			}
			d, err := time.ParseDuration(strings.TrimSpace(out))
			if err != nil {
				return nil, err
			}
			took[n] = append(took[n], d)
		}
	}
	return []proof.Row{widthRow(what, took, s.file/5)}, nil
}

// widthRow holds the middle of auto's times against that of the fastest width.
func widthRow(what string, took map[int][]time.Duration, bytes int64) proof.Row {
	var all []string
	var best, auto float64 // bytes a second
	for _, n := range widths {
		slices.Sort(took[n])
		speed := float64(bytes) / took[n][len(took[n])/2].Seconds()
		if n == 0 {
			auto = speed
			continue
		}
		best = max(best, speed)
		all = append(all, fmt.Sprintf("%d: %.0f", n, speed/1e6))
	}
	return proof.Row{
		What: what, Wanted: "≥ 0.90", Met: auto >= 0.9*best,
		Measured: fmt.Sprintf("%.2f: auto %.0f MB/s; %s", auto/best, auto/1e6, strings.Join(all, ", ")),
	}
}

// sumWide takes the files of a directory through so many streams, and prints how long
// it took.
func sumWide(ctx context.Context, arg string) error {
	number, dir, _ := strings.Cut(arg, " ")
	n, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	control, err := commandControl()
	if err != nil {
		return err
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	start := time.Now()
	_, err = work{control: control, streams: n, paths: paths, algorithms: []digest.Algorithm{digest.XXH3}}.run(ctx)
	fmt.Println(time.Since(start))
	return err
}

// solid makes files of so many bytes that are on the disk.
func solid(bytes int64) (paths []string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "penstock-control-")
	if err != nil {
		return nil, nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	random := rand.NewChaCha8([32]byte{})
	for i := range widthFiles {
		path := filepath.Join(dir, fmt.Sprintf("solid-%02d", i))
		f, err := os.Create(path)
		if err == nil {
			_, err = io.CopyN(f, random, bytes)
			err = errors.Join(err, f.Sync(), f.Close())
		}
		if err != nil {
			remove()
			return nil, nil, err
		}
		paths = append(paths, path)
	}
	return paths, remove, nil
}
