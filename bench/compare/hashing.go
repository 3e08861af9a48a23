package main

import (
	"path/filepath"
	"strings"
)

// tools are what was built for the comparison.
type tools struct{ penstock, loops string }

func toolsIn(dir string) tools {
	return tools{filepath.Join(dir, "penstock"), filepath.Join(dir, "loops")}
}

// sum is penstock sum of a path.
func (t tools) sum(path string, flags ...string) program {
	args := append([]string{t.penstock, "sum", "-q"}, flags...)
	return printing(strings.Join(append([]string{"penstock sum"}, flags...), " "), append(args, path)...)
}

// hashing are the jobs of one big file, of large files, and of trees.
func hashing(t tools, c corpus) []job {
	return append(hashingBig(t, c), hashingTrees(t, c)...)
}

func hashingBig(t tools, c corpus) []job {
	big := c.path("big")
	of := func(name string, ours program, peers ...peer) job {
		return job{name: "big file, " + name, make: c.big, path: big, ours: ours, peers: peers}
	}
	return []job{
		of("SHA-256", t.sum(big),
			loop("two goroutines", 1.08, t.loops, "file", "sha256", big),
			beside(1, "openssl", "dgst", "-sha256", big),
			beside(1, "rclone", "hashsum", "sha256", big),
			beside(0.3, "sha256sum", big),
			beside(0, "hashdeep", "-c", "sha256", big),
			beside(0, "rhash", "--sha256", big)),
		of("BLAKE3", t.sum(big, "-a", "blake3"),
			loop("one BLAKE3 goroutine", 0.60, t.loops, "file", "blake3", big),
			loop("two workers", 0, t.loops, "subtrees", "blake3", big),
			beside(1, "b3sum", "--no-mmap", big)),
		of("XXH3", t.sum(big, "-a", "xxh3"), beside(0, "xxhsum", "-H3", big)),
		of("SHA-512", t.sum(big, "-a", "sha512"), beside(0, "openssl", "dgst", "-sha512", big), beside(0, "sha512sum", big)),
		of("BLAKE2b", t.sum(big, "-a", "blake2b"), beside(0, "b2sum", big)),
		of("MD5", t.sum(big, "-a", "md5"), beside(0, "md5sum", big), beside(0, "openssl", "dgst", "-md5", big)),
		of("MD5 and SHA-256 from one reading", t.sum(big, "-a", "md5,sha256"),
			beside(0, "hashdeep", "-c", "md5,sha256", big),
			beside(0, "rhash", "--md5", "--sha256", "--simple", big)),
	}
}

func hashingTrees(t tools, c corpus) []job {
	large, tree, flat, wide := c.path("large"), c.path("tree"), c.path("flat"), c.path("wide")
	return []job{
		{
			name: "20 files of 100 MiB, SHA-256", make: c.large, path: large, ours: t.sum(large),
			peers: []peer{
				loop("two workers", 0, t.loops, "tree", "sha256", large),
				beside(0, "rclone", "hashsum", "sha256", large),
				beside(0, "hashdeep", "-r", "-c", "sha256", large),
				shell(0, `find "$1" -type f -print0 | xargs -0 -n 1 -P 2 sha256sum`, large, "find", "xargs", "sha256sum"),
			},
		},
		{
			name: "20,000 small files, SHA-256", make: c.tree, path: tree, ours: t.sum(tree),
			peers: []peer{
				loop("two workers", 1.25, t.loops, "tree", "sha256", tree),
				beside(0.4, "rclone", "hashsum", "sha256", tree),
				beside(0, "hashdeep", "-r", "-c", "sha256", tree),
				beside(0, "rhash", "-r", "--sha256", tree),
				shell(0, `find "$1" -type f -print0 | xargs -0 -n 500 -P 2 sha256sum`, tree, "find", "xargs", "sha256sum"),
			},
		},
		{
			name: "300,000 empty files in one directory", make: c.flat, path: flat, ours: t.sum(flat),
			peers: []peer{loop("two workers", 0, t.loops, "tree", "sha256", flat)},
		},
		{
			name: "1,000,000 empty files in 1,000 directories", make: c.wide, path: wide, ours: t.sum(wide),
			peers: []peer{loop("two workers", 0, t.loops, "tree", "sha256", wide)},
		},
	}
}
