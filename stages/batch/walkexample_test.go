package batch_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/penstock-go/penstock/stages/batch"
)

// A walk gives what there is to read, in the order of sort, and opens it.
func ExampleWalk() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for _, name := range []string{"b.txt", "a.txt", "notes/c.txt", "notes/c.tmp"} {
		path := filepath.Join(dir, name)
		_ = os.MkdirAll(filepath.Dir(path), 0o700)
		_ = os.WriteFile(path, []byte("text of "+name), 0o600)
	}

	walk, err := batch.NewWalk(batch.WalkOptions{
		Paths:  []string{dir, "missing"},
		Filter: batch.Filter{Exclude: []string{"*.tmp"}},
	})
	if err != nil {
		panic(err)
	}
	defer walk.Close()
	ctx := context.Background()
	err = walk.Files(ctx, func(f batch.File) error {
		if f.Err != nil {
			fmt.Println(f.Err)
			return nil
		}
		file, err := f.Open(ctx)
		if err != nil {
			return err
		}
		defer file.Close()
		name, _ := filepath.Rel(dir, f.Path)
		fmt.Println(name, file.Size())
		return nil
	})
	fmt.Println(walk.Skipped(batch.SkipExcluded), "excluded,", err)
	// Output:
	// a.txt 13
	// b.txt 13
	// notes/c.txt 19
	// stat missing: no such file or directory
	// 1 excluded, <nil>
}
