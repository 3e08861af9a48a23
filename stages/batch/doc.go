// Package batch takes many files at once through the stages: it walks trees in
// bounded memory and in a fixed order, keeps several streams at work, and
// hands on one result a file, in the order of the walk. Start with [Run].
//
// [Sum] and [Check] hash what a walk or a list names; [Copy] copies it, and commits
// small files in groups: their bytes are synced, they get their names, the directories
// are synced, and then they are read back and told of. Large files of all three have
// records, with which the next run goes on inside them; a large copy is read back while
// it is written, up to where its last record says it is safe, and has its name after
// that.
//
// # Errors
//
// A file that fails is that file's result. Only what makes all further work
// pointless, such as a result that cannot be written, ends a batch.
//
// # Limits
//
// Memory does not grow with the number of files: a directory's names beyond
// their share are sorted in a temporary file, and a bounded number of results
// waits for its turn.
package batch
