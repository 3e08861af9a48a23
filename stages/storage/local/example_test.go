package local_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/penstock-go/penstock/stages/storage/local"
)

// A tree of small files: all of them are synced together, and then have their names.
func ExampleSyncTogether() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	target, err := local.OpenTarget(ctx, filepath.Join(dir, "copy"))
	if err != nil {
		panic(err)
	}
	defer func() { _ = target.Close() }()

	if err := target.MakeDir(ctx, "sub"); err != nil {
		panic(err)
	}
	folder, err := target.Folder(ctx, "sub")
	if err != nil {
		panic(err)
	}
	defer func() { _ = folder.Close() }()
	var sinks []*local.Sink
	for i := range 3 {
		sink, err := folder.Create(ctx, fmt.Sprintf("file %d", i))
		if err != nil {
			panic(err)
		}
		n, err := fmt.Fprintf(sink, "content %d", i)
		if err == nil {
			err = sink.Finish(ctx, local.Meta{}, int64(n))
		}
		if err != nil {
			panic(err)
		}
		sinks = append(sinks, sink)
	}
	fmt.Println(local.SyncTogether(ctx, sinks))
	for _, sink := range sinks {
		if err := sink.Publish(ctx); err != nil {
			panic(err)
		}
	}
	fmt.Println(target.SyncNames(ctx, []*local.Folder{folder}))
	content, err := os.ReadFile(filepath.Join(dir, "copy", "sub", "file 2"))
	fmt.Println(string(content), err)
	// Output:
	// [<nil> <nil> <nil>]
	// [<nil>]
	// content 2 <nil>
}
