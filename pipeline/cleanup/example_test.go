package cleanup_test

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/penstock-go/penstock/pipeline/cleanup"
)

// releasing is a release function that says so.
func releasing(what string, err error) func(context.Context) error {
	return func(context.Context) error {
		fmt.Println("release", what)
		return err
	}
}

// A job has a lock; each of its streams has a temporary file and a source. One
// stream comes through, the other does not.
func Example() {
	copyFile := func(name string, fault error) func(context.Context, *cleanup.Scope) error {
		return func(_ context.Context, stream *cleanup.Scope) error {
			stream.Add(cleanup.Resource{Kind: cleanup.File, Name: "source", Release: releasing("source of "+name, nil)})
			temporary := stream.Add(cleanup.Resource{
				Kind: cleanup.File, Name: "temporary file",
				Release: releasing("temporary file of "+name, errors.New("read-only file system")),
			})
			if fault != nil {
				return fault
			}
			temporary.Keep() // it has got its final name
			return nil
		}
	}

	ctx := context.Background()
	var job cleanup.Scope
	job.Add(cleanup.Resource{Kind: cleanup.File, Name: "lock", Release: releasing("lock", nil)})
	fmt.Println(job.Do(ctx, copyFile("a", nil)))
	fmt.Println(job.Do(ctx, copyFile("b", errors.New("no space left on device"))))
	fmt.Println(job.Close(ctx))
	// Output:
	// release source of a
	// <nil>
	// release temporary file of b
	// release source of b
	// no space left on device
	// release temporary file: read-only file system
	// release lock
	// <nil>
}

// What is opened once and used now and then is leased for each use, and opened
// again where it has gone in between.
func ExampleHandle_Lease() {
	ctx := context.Background()
	var job cleanup.Scope
	open := func() *cleanup.Handle {
		fmt.Println("open directory")
		return job.Add(cleanup.Resource{Kind: cleanup.File, Priority: cleanup.Low, Release: releasing("directory", nil)})
	}
	directory := open()
	use := func() {
		for !directory.Lease() {
			directory = open()
		}
		fmt.Println("use directory")
		if err := directory.Return(ctx); err != nil {
			fmt.Println(err)
		}
	}
	use()
	use()
	if _, err := job.Emergency(ctx, 0.85); err != nil {
		fmt.Println(err)
	}
	use()
	fmt.Println(job.Close(ctx))
	// Output:
	// open directory
	// use directory
	// use directory
	// release directory
	// open directory
	// use directory
	// release directory
	// <nil>
}

// cache keeps buffers for those who come next, as long as memory lasts.
type cache struct {
	scope *cleanup.Scope

	mu     sync.Mutex
	free   [][]byte
	listed bool // in scope
}

func (c *cache) put(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.free = append(c.free, b)
	if !c.listed {
		c.scope.Add(cleanup.Resource{Kind: cleanup.Buffer, Priority: cleanup.Deferred, Release: c.shed, Size: c.size})
		c.listed = true
	}
}

func (c *cache) shed(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.free, c.listed = nil, false
	return nil
}

func (c *cache) size() (bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.free {
		bytes += int64(len(b))
	}
	return bytes
}

// A cache that has let go of what it held goes on, and adds itself again with
// the next thing that it holds.
func ExampleScope_Emergency() {
	ctx := context.Background()
	var job cleanup.Scope
	c := &cache{scope: &job}
	for range 2 {
		c.put(make([]byte, 3000))
		c.put(make([]byte, 1000))
		fmt.Println(job.Stats().ByKind, job.Stats().Bytes)
		fmt.Println(job.Emergency(ctx, 0.85))
		fmt.Println(job.Stats().ByKind, job.Stats().Bytes)
	}
	// Output:
	// map[buffer:1] 4000
	// 1 <nil>
	// map[] 0
	// map[buffer:1] 4000
	// 1 <nil>
	// map[] 0
}
