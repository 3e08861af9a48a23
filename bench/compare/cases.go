package main

import "path/filepath"

// program is one way to do a case's job.
type program struct {
	name   string
	args   []string
	target float64 // the most that penstock's time may be of this one's; zero means no promise
}

// job is something that people do, in all the ways they do it.
type job struct {
	name  string
	make  func() error // its corpus
	path  string       // where that is
	ours  program
	peers []program
}

func cases(bin string, c corpus) []job {
	penstock, loops := filepath.Join(bin, "penstock"), filepath.Join(bin, "loops")
	big, tree, flat, wide := c.path("big"), c.path("tree"), c.path("flat"), c.path("wide")
	return []job{
		{
			name: "big file, SHA-256", make: c.big, path: big,
			ours: program{name: "penstock sum", args: []string{penstock, "sum", "-q", big}},
			peers: []program{
				{"hand-written loop, two goroutines", []string{loops, "file", "sha256", big}, 1.08},
				{"openssl dgst -sha256", []string{"openssl", "dgst", "-sha256", big}, 1},
				{"rclone hashsum sha256", []string{"rclone", "hashsum", "sha256", big}, 1},
				{"sha256sum", []string{"sha256sum", big}, 0.3},
			},
		},
		{
			name: "20,000 small files, SHA-256", make: c.tree, path: tree,
			ours: program{name: "penstock sum", args: []string{penstock, "sum", "-q", tree}},
			peers: []program{
				{"hand-written loop, two workers", []string{loops, "tree", "sha256", tree}, 1.25},
				{"rclone hashsum sha256", []string{"rclone", "hashsum", "sha256", tree}, 0.4},
			},
		},
		{
			name: "big file, BLAKE3", make: c.big, path: big,
			ours: program{name: "penstock sum -a blake3", args: []string{penstock, "sum", "-q", "-a", "blake3", big}},
			peers: []program{
				{"hand-written loop, one BLAKE3 goroutine", []string{loops, "file", "blake3", big}, 0.60},
				{"b3sum --no-mmap", []string{"b3sum", "--no-mmap", big}, 1},
			},
		},
		{
			name: "300,000 empty files in one directory", make: c.flat, path: flat,
			ours:  program{name: "penstock sum", args: []string{penstock, "sum", "-q", flat}},
			peers: []program{{"hand-written loop, two workers", []string{loops, "tree", "sha256", flat}, 0}},
		},
		{
			name: "1,000,000 empty files in 1,000 directories", make: c.wide, path: wide,
			ours:  program{name: "penstock sum", args: []string{penstock, "sum", "-q", wide}},
			peers: []program{{"hand-written loop, two workers", []string{loops, "tree", "sha256", wide}, 0}},
		},
	}
}
