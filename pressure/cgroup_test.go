package pressure_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pressure"
)

const (
	mountV1  = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
	mountV2  = "41 31 0:38 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n"
	mountCPU = "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct\n22 1 254:0 / / rw - ext4 /dev/root rw\n"
	noLimit  = "9223372036854771712\n"
)

// tree writes files under a new root: what the machine looks like.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return root
}

// groupV1 adds the files of one v1 group; usage is what is in use for good, the
// cache and kernel memory come on top of it.
func groupV1(files map[string]string, dir, limit string, usage int) {
	const cache, kernel = 40 * mib, 5 * mib
	files[dir+"/memory.limit_in_bytes"] = limit
	files[dir+"/memory.usage_in_bytes"] = strconv.Itoa(usage+cache+kernel) + "\n"
	files[dir+"/memory.kmem.usage_in_bytes"] = strconv.Itoa(kernel) + "\n"
	files[dir+"/memory.stat"] = "cache 1\nactive_file 7\ninactive_file 7\ntotal_active_file " + strconv.Itoa(cache/4) +
		"\ntotal_inactive_file " + strconv.Itoa(cache-cache/4) + "\ntotal_unevictable 0\n"
}

// groupV2 is the same for a v2 group.
func groupV2(files map[string]string, dir, limit, high string, usage int) {
	const cache, slab = 40 * mib, 5 * mib
	files[dir+"/memory.max"] = limit
	files[dir+"/memory.high"] = high
	files[dir+"/memory.current"] = strconv.Itoa(usage+cache+slab) + "\n"
	files[dir+"/memory.stat"] = "anon 1\nactive_file " + strconv.Itoa(cache/4) + "\ninactive_file " + strconv.Itoa(cache-cache/4) +
		"\nslab_reclaimable " + strconv.Itoa(slab) + "\nslab_unreclaimable 4096\n"
}

// readCgroup is the reading that a meter finds under root, and its error.
func readCgroup(t *testing.T, files map[string]string) (pressure.Reading, error) {
	t.Helper()
	m, err := pressure.NewMeter(pressure.MeterOptions{Root: tree(t, files)})
	require.NoError(t, err)
	memory, err := m.Read()
	return memory[pressure.SourceCgroup], err
}

func bytesOf(n int) string { return strconv.Itoa(n) + "\n" }

func TestCgroupReading(t *testing.T) {
	const v1, v2 = "sys/fs/cgroup/memory", "sys/fs/cgroup"
	for _, tt := range []struct {
		name        string
		self, mount string
		groups      func(files map[string]string)
		used, limit int64
	}{
		{"v1, its own limit", "4:memory:/a\n0::/\n", mountCPU + mountV1, func(f map[string]string) {
			groupV1(f, v1+"/a", bytesOf(64*mib), 20*mib)
			groupV1(f, v1, noLimit, 900*mib)
		}, 20 * mib, 64 * mib},
		{"v1, no limit", "4:memory:/a\n", mountV1, func(f map[string]string) {
			groupV1(f, v1+"/a", noLimit, 20*mib)
			groupV1(f, v1, noLimit, 900*mib)
		}, 0, 0},
		{"v1, one byte short of no limit", "4:memory:/\n", mountV1, func(f map[string]string) {
			groupV1(f, v1, "9223372036854771711\n", 20*mib)
		}, 20 * mib, 9223372036854771711},
		{"v1, among other controllers", "4:cpu,memory:/a\n", mountV1, func(f map[string]string) {
			groupV1(f, v1+"/a", bytesOf(64*mib), 20*mib)
		}, 20 * mib, 64 * mib},
		{"v1, a limit above it is nearer", "4:memory:/a/b/c\n", mountV1, func(f map[string]string) {
			groupV1(f, v1+"/a/b/c", bytesOf(64*mib), 20*mib)
			groupV1(f, v1+"/a/b", bytesOf(100*mib), 90*mib)
			groupV1(f, v1+"/a", bytesOf(500*mib), 100*mib)
			groupV1(f, v1, noLimit, 900*mib)
		}, 90 * mib, 100 * mib},
		{"v1, only above it", "4:memory:/a/b\n", mountV1, func(f map[string]string) {
			groupV1(f, v1+"/a/b", noLimit, 20*mib)
			groupV1(f, v1+"/a", bytesOf(64*mib), 30*mib)
		}, 30 * mib, 64 * mib},
		{"v1, a container that sees only its own group", "4:memory:/docker/x\n", strings.Replace(mountV1, " / /sys", " /docker/x /sys", 1), func(f map[string]string) {
			groupV1(f, v1, bytesOf(64*mib), 20*mib)
		}, 20 * mib, 64 * mib},
		{"v1, a group that is not below the mount", "4:memory:/elsewhere\n", strings.Replace(mountV1, " / /sys", " /docker/x /sys", 1), func(f map[string]string) {
			groupV1(f, v1, bytesOf(64*mib), 20*mib)
			groupV1(f, "sys/fs/elsewhere", bytesOf(1*mib), 1*mib) // where ../../elsewhere leads
		}, 20 * mib, 64 * mib},
		{"v1, a path that leads out of the root", "4:memory:/../../elsewhere\n", mountV1, func(f map[string]string) {
			groupV1(f, v1, bytesOf(64*mib), 20*mib)
			groupV1(f, "sys/fs/elsewhere", bytesOf(1*mib), 1*mib)
		}, 20 * mib, 64 * mib},
		{"v1, a kernel without its own figure", "4:memory:/\n", mountV1, func(f map[string]string) {
			groupV1(f, v1, bytesOf(64*mib), 20*mib)
			delete(f, v1+"/memory.kmem.usage_in_bytes")
		}, 25 * mib, 64 * mib},
		{"v1, more cache than usage, read at two moments", "4:memory:/\n", mountV1, func(f map[string]string) {
			groupV1(f, v1, bytesOf(64*mib), 20*mib)
			f[v1+"/memory.usage_in_bytes"] = "1\n"
		}, 0, 64 * mib},

		{"v2, its own limit", "0::/a\n", mountV2, func(f map[string]string) {
			groupV2(f, v2+"/a", bytesOf(64*mib), "max\n", 20*mib)
		}, 20 * mib, 64 * mib},
		{"v2, no limit", "0::/a\n", mountV2, func(f map[string]string) {
			groupV2(f, v2+"/a", "max\n", "max\n", 20*mib)
		}, 0, 0},
		{"v2, high is a limit too", "0::/a\n", mountV2, func(f map[string]string) {
			groupV2(f, v2+"/a", bytesOf(64*mib), bytesOf(32*mib), 20*mib)
		}, 20 * mib, 32 * mib},
		{"v2, a limit above it is nearer", "0::/a/b\n", mountV2, func(f map[string]string) {
			groupV2(f, v2+"/a/b", bytesOf(64*mib), "max\n", 20*mib)
			groupV2(f, v2+"/a", bytesOf(100*mib), "max\n", 90*mib)
		}, 90 * mib, 100 * mib},
		{"v2, a path with a space", "0::/a b\n", strings.Replace(mountV2, "/sys/fs/cgroup", `/sys/fs/c\040g`, 1), func(f map[string]string) {
			groupV2(f, "sys/fs/c g/a b", bytesOf(64*mib), "max\n", 20*mib)
		}, 20 * mib, 64 * mib},
		{"v2, moved while it is read", "0::/a\n", mountV2, func(f map[string]string) {
			groupV2(f, v2+"/a", bytesOf(64*mib), "max\n", 20*mib)
			delete(f, v2+"/a/memory.current")
		}, 0, 0},

		{"both, memory in v1", "4:memory:/a\n0::/\n", mountV1 + strings.Replace(mountV2, "cgroup rw", "cgroup/unified rw", 1), func(f map[string]string) {
			groupV1(f, v1+"/a", bytesOf(64*mib), 20*mib)
			f[v2+"/unified/cgroup.procs"] = ""
		}, 20 * mib, 64 * mib},
		{"both, the nearer one", "4:memory:/\n0::/\n", mountV1 + strings.Replace(mountV2, "cgroup rw", "cgroup/unified rw", 1), func(f map[string]string) {
			groupV1(f, v1, bytesOf(64*mib), 20*mib)
			groupV2(f, v2+"/unified", bytesOf(30*mib), "max\n", 20*mib)
		}, 20 * mib, 30 * mib},
		{"none mounted", "4:memory:/\n", mountCPU, nil, 0, 0},
		{"not in a group of memory", "4:cpu:/a\n", mountV1, nil, 0, 0},
		{"lines that are none", "\n:\nx\n0::/\n", "\n - \n1 2 3 / /x - cgroup2\n" + mountV2, func(f map[string]string) {
			groupV2(f, v2, bytesOf(64*mib), "max\n", 20*mib)
		}, 20 * mib, 64 * mib},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"proc/self/cgroup": tt.self, "proc/self/mountinfo": tt.mount}
			if tt.groups != nil {
				tt.groups(files)
			}
			r, err := readCgroup(t, files)
			require.NoError(t, err)
			require.Equal(t, pressure.Reading{Source: pressure.SourceCgroup, Used: tt.used, Limit: tt.limit}, r)
		})
	}
}

func TestCgroupThatCannotBeRead(t *testing.T) {
	const v2 = "sys/fs/cgroup"
	for _, tt := range []struct {
		name  string
		spoil func(files map[string]string)
		want  string
	}{
		{"no group of ours", func(f map[string]string) { delete(f, "proc/self/cgroup") }, "read control group: open "},
		{"a limit that is no number", func(f map[string]string) { f[v2+"/a/memory.max"] = "plenty\n" }, `memory.max: strconv.ParseInt: parsing "plenty"`},
		{"a usage that is no number", func(f map[string]string) { f[v2+"/a/memory.current"] = "\n" }, "memory.current"},
		{"no figures", func(f map[string]string) { delete(f, v2+"/a/memory.stat") }, "memory.stat"},
		{"figures that are none", func(f map[string]string) { f[v2+"/a/memory.stat"] = "active_file\n" }, "parse memory.stat"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": mountV2}
			groupV2(files, v2+"/a", bytesOf(64*mib), "max\n", 20*mib)
			groupV2(files, v2, bytesOf(640*mib), "max\n", 300*mib)
			tt.spoil(files)
			r, err := readCgroup(t, files)
			require.ErrorContains(t, err, tt.want)
			if tt.name != "no group of ours" {
				require.EqualValues(t, 640*mib, r.Limit, "the others are read all the same")
			}
		})
	}
}

func TestMachineWithoutCgroups(t *testing.T) {
	r, err := readCgroup(t, nil)
	require.NoError(t, err)
	require.Equal(t, pressure.Reading{Source: pressure.SourceCgroup}, r)
}

func TestALimitMayChangeAndAProcessMove(t *testing.T) {
	const v2 = "sys/fs/cgroup"
	files := map[string]string{"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": mountV2}
	groupV2(files, v2+"/a", bytesOf(64*mib), "max\n", 20*mib)
	groupV2(files, v2+"/b", bytesOf(80*mib), "max\n", 30*mib)
	root := tree(t, files)
	m, err := pressure.NewMeter(pressure.MeterOptions{Root: root})
	require.NoError(t, err)
	limit := func() int64 {
		memory, err := m.Read()
		require.NoError(t, err)
		return memory[pressure.SourceCgroup].Limit
	}
	require.EqualValues(t, 64*mib, limit())
	require.NoError(t, os.WriteFile(filepath.Join(root, v2, "a/memory.max"), []byte(bytesOf(48*mib)), 0o600))
	require.EqualValues(t, 48*mib, limit())
	require.NoError(t, os.WriteFile(filepath.Join(root, "proc/self/cgroup"), []byte("0::/b\n"), 0o600))
	require.EqualValues(t, 80*mib, limit())
}
