package main

import (
	"hash/crc32"
	"iter"
	"math/rand/v2"
	"sync"
	"time"
)

// work is what a step of a pipeline of integers does.
type work struct {
	name string
	step func(int) int
	// items that a full run of a chain has, and one of a map with workers: each
	// takes about a twentieth of a second by itself.
	chain, workers int
}

// Rounds that take about 1 µs and 20 µs on a core of 3 GHz: a multiplication
// and an addition that wait for each other are 4 cycles. Counted and not timed,
// so that all do the same whatever the machine is busy with.
const (
	rounds1µs  = 750
	rounds20µs = 15_000
)

var works = []work{
	{"no work", increment, 200_000, 200_000},
	{"1 µs", spin(rounds1µs), 15_000, 40_000},
	{"20 µs", spin(rounds20µs), 800, 2_000},
	{"sleeping 1 ms", nap, 48, 96},
}

func increment(v int) int { return v + 1 }

func spin(rounds int) func(int) int {
	return func(v int) int {
		x := int64(v)
		for range rounds {
			x = x*6364136223846793005 + 1442695040888963407 // Knuth's MMIX generator
		}
		return int(x >> 1)
	}
}

func nap(v int) int {
	time.Sleep(time.Millisecond)
	return v + 1
}

// integers are first, first+by, … below n.
func integers(first, n, by int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for v := first; v < n && yield(v); v += by {
		}
	}
}

// naturals have no end.
func naturals(yield func(int) bool) {
	for v := 0; yield(v); v++ {
	}
}

// tally is what a sink received, so that two can be compared.
type tally struct {
	n     int
	sum   int
	order int // differs when the same items came in another order
}

func (t *tally) add(v int) error {
	t.n++
	t.sum += v
	t.order = t.order*31 + v
	return nil
}

// chunk is a part of a file on its way.
type chunk struct {
	data []byte
	crc  uint32
	home *pool
}

func (c *chunk) Size() int { return len(c.data) }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func pass(c *chunk) *chunk { return c }

func checksum(c *chunk) *chunk {
	c.crc = crc32.Checksum(c.data, castagnoli)
	return c
}

// pool keeps chunks to be used again. A sync.Pool would be emptied between the
// runs, and the memory of new chunks costs more than all that is done with it.
type pool struct {
	size int
	mu   sync.Mutex // guards free
	free []*chunk
}

func (p *pool) get() *chunk {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.free) - 1
	if last < 0 {
		return &chunk{data: make([]byte, p.size), home: p}
	}
	c := p.free[last]
	p.free = p.free[:last]
	return c
}

func (p *pool) put(c *chunk) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, c)
}

// chunks are n chunks of so many bytes, read, that is to say copied, from a file
// that is in memory. Whoever consumes them puts them back in their pool.
func chunks(n, size int) iter.Seq[*chunk] {
	home := &pool{size: size}
	return func(yield func(*chunk) bool) {
		for i := range n {
			c := home.get()
			copy(c.data, file[i*4096%(len(file)-size+1):])
			if !yield(c) {
				return
			}
		}
	}
}

// file is 2 MiB that do not repeat.
var file = func() []byte {
	random := rand.NewChaCha8([32]byte{1})
	b := make([]byte, 2<<20)
	_, _ = random.Read(b) // it never fails
	return b
}()
