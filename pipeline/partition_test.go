package pipeline_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

func TestPartitionKeepsKeysTogetherAndInOrder(t *testing.T) {
	for _, n := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const keys, items = 17, 1000
				p := pipeline.New("p")
				outs := pipeline.Partition(pipeline.From(p, "source", count(items)), "partition", n,
					func(v int) string { return fmt.Sprint(v % keys) })
				require.Len(t, outs, n)
				got := make([][]int, n)
				for i, s := range outs {
					pipeline.Into(s, fmt.Sprint("sink ", i), pipeline.ToSlice(&got[i]))
				}
				require.NoError(t, p.Run(t.Context()))
				home, total := make(map[int]int), 0
				for i, part := range got {
					total += len(part)
					last := make(map[int]int)
					for _, v := range part {
						before, seen := home[v%keys]
						require.True(t, !seen || before == i, "key %d is in %d and %d", v%keys, before, i)
						home[v%keys] = i
						require.True(t, v < keys || last[v%keys] == v-keys, "order of key %d", v%keys)
						last[v%keys] = v
					}
				}
				require.Equal(t, items, total)
			})
		})
	}
}

func TestPartitionDropsWhatAConsumerThatLeftWouldGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dropped int
		var seen atomic.Int64
		p := pipeline.New("p")
		outs := pipeline.Partition(pipeline.From(p, "source", count(100)), "partition", 2,
			func(v int) int { return v % 10 }, pipeline.Drop(func(int) { dropped++ }))
		pipeline.Each(outs[0], "leaves", func(context.Context, int) error { seen.Add(1); return pipeline.ErrStop })
		pipeline.Each(outs[1], "stays", func(context.Context, int) error {
			seen.Add(1)
			time.Sleep(time.Millisecond)
			return nil
		})
		require.NoError(t, runIn(t.Context(), t, p))
		require.Equal(t, 100, int(seen.Load())+dropped)
	})
}
