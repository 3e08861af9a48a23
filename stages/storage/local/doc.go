// Package local is the file system as a storage: it opens what is beneath a
// directory, and what was named by the user, and writes files that are there
// whole or not at all.
//
// [OpenRoot] comes first for reading, then [Root.Open]; [Open] is the same for one
// path that somebody named. [OpenTarget] comes first for writing a tree, then
// [Target.Folder] and [Folder.Create]; [Create] is the same for one path.
//
// # What is opened
//
// Regular files only. A FIFO that nobody writes to, a device that does things
// when it is opened, a socket, a file that is swapped for any of these or for a
// symbolic link between the look and the opening: none of them hangs, and none
// is followed. A name is resolved beneath its root; `..`, absolute names and
// symbolic links on the way are refused. Only a root with [Options].Follow goes
// after symbolic links, and then wherever they lead, because the user said so.
//
// On Linux one openat2 call resolves a name of any depth. Where the kernel has
// none (before 5.6) or a seccomp filter forbids it, and on other systems, an
// [os.Root] does it one directory at a time; there a symbolic link that stays
// beneath the root and appears in the middle of a name between the walk and the
// opening is followed.
//
// # Ownership
//
// Who opens closes. A [File] does not need its [Root] any more. Closing while
// another goroutine reads is safe: the descriptor lives until that read returns.
//
// # Errors
//
// Every error but the context's cause is an [io/fs.PathError] that holds the path as the user would
// write it, once: the root's own path and the name. Below it stands the system's
// error, a [storage.NotRegularError], a [DanglingLinkError], or a
// [storage.ChangedError]; errors.Is finds fs.ErrNotExist and its like. Between the two
// is a [TargetError] where the path is one that is written to.
package local
