package main

import (
	"context"
	"os"
	"strings"
)

// copying are the jobs of copying, with digests and onto the storage, not only into
// the cache.
func copying(t tools, c corpus) []job {
	big, tree := c.path("big"), c.path("tree")
	jobs := []job{
		{
			name: "copy of the big file, synced, with its SHA-256", make: c.big, path: big,
			ours: t.copy(big, "big", "none"),
			peers: []peer{
				copied(`cp "$1" "$2" && sync "$2" && openssl dgst -sha256 "$2"`, 0.75, big, "big", "cp", "sync", "openssl"),
				copied(`rclone copyto "$1" "$2"`, 0, big, "big", "rclone"),
				copied(`rsync -a "$1" "$2"`, 0, big, "big", "rsync"),
				copied(`cp "$1" "$2"`, 0, big, "big", "cp"),
			},
		},
		{
			name: "the same, read back from the medium", make: c.big, path: big,
			ours: t.copy(big, "big", "medium"),
			peers: []peer{
				copied(`cp "$1" "$2" && sync "$2" && openssl dgst -sha256 "$2"`, 1.3, big, "big", "cp", "sync", "openssl"),
			},
		},
		{
			name: "copy of 20,000 small files, synced, with SHA-256", make: c.tree, path: tree, many: true,
			ours: t.copy(tree, "tree", "none"),
			peers: []peer{
				copied(`rclone copy "$1" "$2"`, 0.6, tree, "tree", "rclone"),
				copied(`cp -r "$1" "$2" && sync -f "$2"`, 1.5, tree, "tree", "cp", "sync"),
				copied(`rsync -a "$1/" "$2"`, 0, tree, "tree", "rsync"),
			},
		},
	}
	return append(jobs, checkpoints(t, c), resumed(t, c))
}

// copy is penstock copy to a place, with the digests of what was read in a list.
func (t tools) copy(from, to, verify string) program {
	return program{
		name: "penstock copy --verify " + verify,
		args: func(p place) []string {
			return []string{
				"env", "XDG_STATE_HOME=" + p.path("state"), t.penstock, "copy", "-q",
				"--verify", verify, "--manifest", p.path("list"), from, p.path(to),
			}
		},
		// Both what the list says and what is there, so that a list that is not that of
		// the copies is found.
		result: func(p place) (string, error) {
			listed, err := digestsOf(p.path("list"))
			if err != nil {
				return "", err
			}
			return sameAs(listed, p.path(to))
		},
	}
}

// copied is a command line for the shell, in which $1 is what is copied and $2 is
// where to.
func copied(line string, target float64, from, to string, needs ...string) peer {
	return peer{
		program{
			name: strings.NewReplacer(`"$1" "$2"`, "A B", `"$1/" "$2"`, "A/ B", `"$2"`, "B").Replace(line),
			args: func(p place) []string { return []string{"sh", "-c", line, "sh", from, p.path(to)} },
			result: func(p place) (string, error) {
				return treeDigests(p.path(to))
			},
		},
		target, needs,
	}
}

// emptyState is a state directory that nothing is in.
func emptyState(_ context.Context, p place) error { return os.Mkdir(p.path("state"), 0o700) }
