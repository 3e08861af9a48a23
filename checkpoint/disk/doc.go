// Package disk is what is asked of a directory whose contents must outlive the
// process and the power.
//
// [Make] or [Open] gives the real one, a [Root]. Code that must not lose
// anything takes a [Directory] instead, so that disktest can stand in for it: a
// directory of which the k-th call fails, for every k, and one that forgets
// whatever was not synced.
//
// # What lasts
//
// The bytes of a file last once Sync of the file has returned nil, and its name
// once [SyncNames] of the directory has: a file that was synced under a name that
// was not is lost, and a name that was synced over bytes that were not is a file
// of zeros. The order for a file that is to be seen whole or not at all is
// therefore: write under a temporary name, sync, close, rename, sync the names. Many files
// are better made without a name ([UnnamedCreator]): write all, sync the file system, link
// all, sync the file system.
//
// After a Sync that failed the file is not to be synced again. The pages that did
// not reach the medium count as clean from then on, so that the next Sync says
// nil, and reading still shows them. Write the bytes anew, to another file.
//
// # Names
//
// A name is one element: a file in the directory, or "." for the directory. A [Tree]
// is a Directory with directories in it, each opened by itself, so that a path is
// never resolved but one element after another.
//
// # Crash points
//
// A program that is built with the tag crashpoints can be made to die just before and
// just after each change, as crashpoints.go says. Other builds have no trace of it.
package disk
