package manifest

import (
	"hash/maphash"
	"math/bits"
)

// defaultLimit holds the names of a list of a million files in at most 13 MiB.
const defaultLimit = 1 << 20

const (
	shardCount = 256 // so that growing copies a 256th of the names at a time, and never holds all of them twice
	firstSlots = 8
)

// Duplicates remembers the names of a list, to tell a name that comes a second
// time. The zero value is ready for use.
//
// It keeps 64 bits for each name, under a seed of its own, and not the name: of
// n names, one is wrongly taken for a duplicate with a probability of n²/2⁶⁵,
// which is 1 in 30 million for a list of a million. A name that was seen is
// never missed before the limit is reached.
type Duplicates struct {
	// Limit is the most names that are remembered, at 13 bytes each and 24 KiB
	// for all. Names beyond it are still compared with those. Zero means
	// 1,048,576.
	Limit int

	seed   maphash.Seed
	seeded bool
	count  int
	shards [shardCount]shard
}

// Seen tells whether it was given name before, and remembers it.
func (d *Duplicates) Seen(name string) bool {
	if !d.seeded {
		d.seed, d.seeded = maphash.MakeSeed(), true
	}
	sum := maphash.String(d.seed, name)
	s := &d.shards[sum%shardCount]
	sum = max(sum, 1) // zero marks a free slot
	if s.has(sum) {
		return true
	}
	if !d.Full() {
		d.count++
		s.add(sum)
	}
	return false
}

// Full tells that the limit is reached: a name that is not seen may still have
// been there before.
func (d *Duplicates) Full() bool {
	limit := d.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	return d.count >= limit
}

// shard is a hash table with linear probing, of which an eighth stays free. It
// grows by a quarter, for a doubled one may take twice the memory it needs.
type shard struct {
	slots []uint64
	count int
}

func (s *shard) has(sum uint64) bool { return len(s.slots) > 0 && s.slots[s.find(sum)] == sum }

// find returns the slot that holds sum, or the free one that it would go to.
func (s *shard) find(sum uint64) uint64 {
	slots := uint64(len(s.slots))
	at, _ := bits.Mul64(sum, slots)
	for s.slots[at] != 0 && s.slots[at] != sum {
		if at++; at == slots {
			at = 0
		}
	}
	return at
}

func (s *shard) add(sum uint64) {
	if 8*(s.count+1) > 7*len(s.slots) {
		s.grow()
	}
	s.slots[s.find(sum)] = sum
	s.count++
}

func (s *shard) grow() {
	old := s.slots
	s.slots = make([]uint64, max(firstSlots, len(old)+len(old)/4))
	for _, sum := range old {
		if sum != 0 {
			s.slots[s.find(sum)] = sum
		}
	}
}
