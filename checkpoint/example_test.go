package checkpoint_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/penstock-go/penstock/checkpoint"
)

// A copy was interrupted after 640 of its 1000 bytes.
func Example() {
	ctx := context.Background()
	var store checkpoint.MemoryStore // or a FileStore
	source := checkpoint.Identity{Device: 1, Inode: 71, Size: 1000, ModTime: 1e18}
	temp := checkpoint.Identity{Device: 2, Inode: 12, Size: 640, ModTime: 1e18}

	// The data was synced; then its record is saved.
	err := store.Save(ctx, checkpoint.Record{
		Stream:      "a.iso to /mnt/a.iso",
		Source:      checkpoint.File{Path: "a.iso", Identity: source},
		Destination: "/mnt/a.iso",
		Temp:        checkpoint.File{Path: ".penstock-1.tmp", Identity: temp},
		Offset:      640,
		Time:        time.Now(),
	})
	if err != nil {
		panic(err)
	}

	// The next process looks at what is there, which is more than was safe.
	temp.Size = 700
	record, err := store.Load(ctx, "a.iso to /mnt/a.iso")
	if err != nil {
		panic(err)
	}
	decision := checkpoint.Recover(&record, checkpoint.Found{Exists: true, Identity: temp}, checkpoint.Found{}, source)
	fmt.Printf("%v at %d: %s\n", decision.Action, decision.Offset, decision.Reason)

	source.ChangeTime++ // somebody wrote to it
	decision = checkpoint.Recover(&record, checkpoint.Found{Exists: true, Identity: temp}, checkpoint.Found{}, source)
	fmt.Printf("%v: %s\n", decision.Action, decision.Reason)
	// Output:
	// continue at 640: the copy is safe so far
	// refuse: the source has changed since
}

// A job is run for the second time, and passes over what the first has finished.
func ExampleJournal() {
	ctx := context.Background()
	path, err := os.MkdirTemp("", "penstock")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(path) }()
	dir, err := checkpoint.OpenDirectory(ctx, path)
	if err != nil {
		panic(err)
	}
	defer func() { _ = dir.Close() }()
	lock, err := checkpoint.Lock(ctx, dir, "nightly")
	if err != nil {
		panic(err)
	}
	defer func() { _ = lock.Unlock() }()

	for range 2 {
		journal, err := checkpoint.OpenJournal(ctx, dir, "nightly")
		if errors.Is(err, checkpoint.ErrUnusable) {
			panic("remove it, and read everything again")
		}
		if err != nil {
			panic(err)
		}
		for entry, err := range journal.Entries(ctx) {
			if err != nil {
				panic(err)
			}
			fmt.Println("finished before:", entry.Path)
		}
		for _, path := range []string{"a", "b"} {
			if err := journal.Append(ctx, checkpoint.Entry{Path: path}); err != nil {
				panic(err)
			}
		}
		if err := journal.Sync(ctx); err != nil {
			panic(err)
		}
		if err := journal.Close(); err != nil {
			panic(err)
		}
	}
	// Output:
	// finished before: a
	// finished before: b
}
