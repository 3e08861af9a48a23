package pipeline

import (
	"context"
	"hash/maphash"
)

// Partition adds a stage with n outputs and sends each item to one of them, by
// its key: items of the same key go to the same output and keep their order.
// Which output that is differs from run to run. An output that is full holds
// back the others; the items of one whose consumer has left are dropped.
func Partition[T any, K comparable](s Stream[T], name string, n int, key func(T) K, opts ...Option) []Stream[T] {
	stage, in := consume(s, "Partition", name)
	stage.needs(key != nil)
	outs := fork(stage, n, opts, in.drop.release)
	stage.run = func(ctx context.Context) error {
		seed := maphash.MakeSeed()
		for v, err := range in.all(ctx) {
			if err != nil {
				return err
			}
			out := outs[maphash.Comparable(seed, key(v))%uint64(len(outs))]
			if err := out.send(ctx, v); err != nil {
				return err
			}
		}
		return nil
	}
	return streams(outs)
}
