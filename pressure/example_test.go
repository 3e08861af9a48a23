package pressure_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/penstock-go/penstock/pressure"
)

// A monitor runs beside the work, and is joined with it.
func ExampleMonitor() {
	m, err := pressure.New(pressure.Options{Interval: 10 * time.Millisecond})
	if err != nil {
		fmt.Println(err)
		return
	}
	link := make(chan []byte, 4)
	remove := m.Register(pressure.Gauges{
		Fill: func() float64 { return float64(len(link)) / float64(cap(link)) },
	})
	defer remove()

	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = m.Run(ctx) })
	defer wg.Wait()
	defer cancel()

	if _, err := m.Wait(ctx, 64<<10); err != nil { // before each read
		fmt.Println(err)
	}
	fmt.Println(m.Limits().Chunk(10_000) <= 10_000)
	// Output: true
}

// A gate follows the limits by being told of their changes.
func ExampleGate() {
	var m pressure.Monitor
	const users = 4 // what the user asked for
	gate := pressure.NewGate(min(users, m.Limits().MaxStreams))
	defer m.OnChange(func(_, after pressure.Limits) { gate.SetWidth(min(users, after.MaxStreams)) })()

	ctx := context.Background()
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if gate.Acquire(ctx) != nil {
				return
			}
			defer gate.Release()
			// … one stream …
		})
	}
	wg.Wait()
	fmt.Printf("%+v\n", gate.Stats())
	// Output: {Width:4 Held:0 Waiting:0}
}

// A limiter may be set while it is used.
func ExampleLimiter() {
	var l pressure.Limiter // without limit
	ctx := context.Background()
	if err := l.Wait(ctx, 1<<30); err != nil {
		fmt.Println(err)
	}
	if err := l.Set(pressure.Rates{Bytes: 20 << 20}); err != nil {
		fmt.Println(err)
	}
	if err := l.Wait(ctx, 64<<10); err != nil { // 3 ms later
		fmt.Println(err)
	}
	fmt.Println(l.Stats().Set.Bytes)
	fmt.Println(l.Set(pressure.Rates{Bytes: -1}))
	// Output:
	// 20971520
	// pressure: Bytes is -1: want at least 0
}

// Samples are values: what the controller makes of one can be looked up.
func ExampleController() {
	var c pressure.Controller
	limits := c.Step(pressure.Sample{
		Streams:    6,
		Fill:       1,       // the sink is behind
		Throughput: 6 << 20, // and slow
	})
	fmt.Println(limits.Level, limits.MaxStreams, limits.Factors)
	fmt.Println(limits.Reason)
	// Output:
	// LIGHT 6 {0 20 10}
	// LIGHT (30 points: memory 0, concurrency 20, throughput 10): the fullest link 100 % full, 6.0 MiB/s, 6 streams
}

func ExampleThresholds_ShouldStream() {
	var t pressure.Thresholds
	fmt.Println(t.ShouldStream(600<<10, pressure.MemoryNormal))
	fmt.Println(t.ShouldStream(600<<10, pressure.MemoryWarning))
	// Output:
	// false
	// true
}
