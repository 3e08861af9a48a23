package bench

import (
	_ "github.com/bmatcuk/doublestar/v4"
	_ "github.com/cespare/xxhash/v2"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/shirou/gopsutil/v3/process"
	_ "github.com/shirou/gopsutil/v3/mem"
	_ "github.com/sourcegraph/conc/panics"
	_ "github.com/spf13/cobra"
	_ "github.com/spf13/cobra/doc"
	_ "github.com/stretchr/testify/require"
	_ "github.com/zeebo/xxh3"
	_ "go.uber.org/goleak"
	_ "golang.org/x/crypto/blake2b"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/sync/semaphore"
	_ "golang.org/x/sys/unix"
	_ "golang.org/x/term"
	_ "golang.org/x/time/rate"
	_ "lukechampine.com/blake3/guts"
	_ "pgregory.net/rapid"
)
