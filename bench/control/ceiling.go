package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/penstock-go/penstock/bench/corpus"
	"github.com/penstock-go/penstock/bench/proof"
)

// allowed is what the whole process may take: the specification's ceiling.
const allowed = 50e6

// ceiling runs ten streams over large files, and a tree of small ones.
func ceiling(ctx context.Context, s size) ([]proof.Row, error) { return peaks(ctx, s, "", "") }

// peaks are the rows of both jobs, in a control group when one is named.
func peaks(ctx context.Context, s size, group, where string) ([]proof.Row, error) {
	tree, remove, err := smallFiles(s.files)
	if err != nil {
		return nil, err
	}
	defer remove()
	var rows []proof.Row
	for _, job := range []struct{ what, name, arg string }{
		{
			fmt.Sprintf("10 streams, 10 sparse files of %d MiB, SHA-256 and BLAKE3, a sink that sleeps%s", s.file>>20, where),
			"sparse", strconv.FormatInt(s.file, 10),
		},
		{fmt.Sprintf("10 streams, %d small files%s", s.files, where), "tree", tree},
	} {
		out, err := apart(ctx, group, job.name, job.arg)
		if err != nil {
			return nil, err
		}
		var peak int64
		if _, err := fmt.Sscan(out, &peak); err != nil {
			return nil, err
		}
		rows = append(rows, proof.Row{
			What: job.what, Wanted: "peak RSS < 50 MB", Measured: fmt.Sprintf("%.1f MB", float64(peak)/1e6), Met: peak < allowed,
		})
	}
	return rows, nil
}

// smallFiles makes a tree of n names.
func smallFiles(n int) (root string, remove func(), err error) {
	root, err = os.MkdirTemp("", "penstock-control-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(root) }
	if err := corpus.Names(root, n); err != nil {
		remove()
		return "", nil, err
	}
	return root, remove, nil
}
