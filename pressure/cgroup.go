package pressure

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// unlimited is what cgroup v1 says for no limit: the largest number of pages
// that a signed 64-bit count of bytes can express. Anything near it is no limit.
const unlimited = 9223372036854771712

// cgroups reads the control groups that this process is in: its own and all
// above it, for a limit anywhere on the way up binds it. Where nothing is
// mounted (another system, no cgroups) it finds nothing, and that is no error.
type cgroups struct {
	root   string // what stands for "/"
	mounts []cgroupMount
}

// cgroupMount is one mounted hierarchy.
type cgroupMount struct {
	version cgroupVersion
	dir     string // where it is mounted, under the root
	of      string // the group that is seen there; "/" unless a part is mounted
}

// cgroupVersion is where a version keeps its figures.
type cgroupVersion struct {
	controller string // in /proc/self/cgroup
	limits     []string
	usage      string
	kernel     string // kernel memory apart; empty when memory.stat has it
	prefix     string // of the figures in memory.stat that include the groups below
}

var (
	cgroupV1 = cgroupVersion{
		controller: "memory",
		limits:     []string{"memory.limit_in_bytes"},
		usage:      "memory.usage_in_bytes",
		kernel:     "memory.kmem.usage_in_bytes",
		prefix:     "total_",
	}
	// memory.high is a limit too: above it the kernel stops the process to
	// reclaim, again and again.
	cgroupV2 = cgroupVersion{
		limits: []string{"memory.max", "memory.high"},
		usage:  "memory.current",
	}
)

// findCgroups looks up what is mounted, once: mounts do not move under a running
// process, and in a container the list is long.
func findCgroups(root string) *cgroups {
	c := &cgroups{root: root}
	mountinfo, err := os.ReadFile(filepath.Join(root, "proc/self/mountinfo"))
	if err != nil {
		return c
	}
	for line := range strings.Lines(string(mountinfo)) {
		if m, ok := parseMount(line); ok {
			m.dir = filepath.Join(root, m.dir)
			c.mounts = append(c.mounts, m)
		}
	}
	return c
}

// parseMount understands a line of mountinfo (proc(5)) of a hierarchy with
// memory in it: "31 23 0:28 /of /dir options optional… - type source super".
func parseMount(line string) (cgroupMount, bool) {
	before, after, ok := strings.Cut(line, " - ")
	left, right := strings.Fields(before), strings.Fields(after)
	if !ok || len(left) < 5 || len(right) < 3 {
		return cgroupMount{}, false
	}
	m := cgroupMount{of: unescape(left[3]), dir: unescape(left[4])}
	switch {
	case right[0] == "cgroup2":
		m.version = cgroupV2
	case right[0] == "cgroup" && hasField(right[2], "memory"):
		m.version = cgroupV1
	default:
		return cgroupMount{}, false
	}
	return m, true
}

// unescape undoes mountinfo's octal escapes of space, tab, newline and backslash.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

func hasField(list, field string) bool {
	for f := range strings.SplitSeq(list, ",") {
		if f == field {
			return true
		}
	}
	return false
}

// read is the reading of the group whose usage is nearest to its limit. A group
// without a limit or without figures is passed over; an error is only what
// should be there and is not readable.
func (c *cgroups) read() (Reading, error) {
	tightest := Reading{Source: SourceCgroup}
	if len(c.mounts) == 0 {
		return tightest, nil
	}
	self, err := os.ReadFile(filepath.Join(c.root, "proc/self/cgroup"))
	if err != nil {
		return tightest, fmt.Errorf("read control group: %w", err)
	}
	var errs []error
	for _, m := range c.mounts {
		path, ok := groupOf(string(self), m.version.controller)
		if !ok {
			continue
		}
		errs = append(errs, m.readUpwards(path, &tightest))
	}
	return tightest, errors.Join(errs...)
}

// groupOf is the process's group in the hierarchy with this controller, from
// lines "4:memory:/path"; version 2 has no controller there: "0::/path".
func groupOf(self, controller string) (path string, ok bool) {
	for line := range strings.Lines(self) {
		parts := strings.SplitN(strings.TrimRight(line, "\n"), ":", 3)
		if len(parts) == 3 && (parts[1] == controller || controller != "" && hasField(parts[1], controller)) {
			return parts[2], true
		}
	}
	return "", false
}

// readUpwards reads the group at path and all above it that the mount shows.
func (m cgroupMount) readUpwards(path string, tightest *Reading) error {
	var errs []error
	for rel := m.relative(path); ; rel = filepath.Dir(rel) {
		r, err := m.version.readGroup(filepath.Join(m.dir, rel))
		if err != nil {
			errs = append(errs, fmt.Errorf("read control group: %w", err))
		}
		if r.Limit > 0 && (tightest.Limit <= 0 || r.Usage() > tightest.Usage()) {
			*tightest = r
		}
		if rel == "." {
			return errors.Join(errs...)
		}
	}
}

// relative is path below the mount. A container often sees only its own group,
// under a path of the host's that is not below: then the mount is the group.
func (m cgroupMount) relative(path string) string {
	rel, err := filepath.Rel(m.of, path)
	if err != nil || !filepath.IsLocal(rel) {
		return "."
	}
	return rel
}

// readGroup is the reading of one group; without a limit when it has none.
func (v cgroupVersion) readGroup(dir string) (Reading, error) {
	r := Reading{Source: SourceCgroup}
	limit := int64(math.MaxInt64)
	for _, name := range v.limits {
		n, err := readNumber(filepath.Join(dir, name))
		if err != nil {
			return r, err
		}
		if n > 0 {
			limit = min(limit, n)
		}
	}
	if limit >= unlimited {
		return r, nil
	}
	used, err := readNumber(filepath.Join(dir, v.usage))
	if err != nil || used < 0 {
		return r, err
	}
	given, err := v.readGivenBack(dir)
	if err != nil {
		return r, err
	}
	r.Used, r.Limit = max(0, used-given), limit
	return r, nil
}

// readGivenBack is the part of a group's usage that the kernel gives back
// before it lets the group run out: the page cache, and the cached names and
// inodes of files. Both grow to whatever limit there is as soon as files are
// read, so that a usage with them would stand at its limit on a healthy machine:
// in a group of 64 MiB, after 300 MB were read 62 MiB of its usage were cache,
// and after 60,000 files were made 48 MiB were names and inodes. Version 1 does
// not tell its kernel memory apart; nearly all of it is those, and all is left
// out.
func (v cgroupVersion) readGivenBack(dir string) (int64, error) {
	stat, err := os.ReadFile(filepath.Join(dir, "memory.stat"))
	if err != nil {
		return 0, err
	}
	var sum int64
	for line := range bytes.Lines(stat) {
		name, value, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
		switch string(name) {
		case v.prefix + "active_file", v.prefix + "inactive_file", "slab_reclaimable":
			n, err := strconv.ParseInt(string(value), 10, 64)
			if err != nil {
				return 0, fmt.Errorf("parse memory.stat: %w", err)
			}
			sum += n
		}
	}
	if v.kernel == "" {
		return sum, nil
	}
	kernel, err := readNumber(filepath.Join(dir, v.kernel))
	return sum + max(0, kernel), err
}

// readNumber is the number in a file, math.MaxInt64 for "max", and -1 when there
// is no such file: a group at the top has no limit, a kernel may have no figure.
func readNumber(path string) (int64, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return -1, nil
	}
	if err != nil {
		return 0, err
	}
	text := string(bytes.TrimSpace(b))
	if text == "max" {
		return math.MaxInt64, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("parse %s: %w", path, err)
	}
	return n, nil
}
