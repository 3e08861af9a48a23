// Package manifest reads and writes checksum lists: which file had which
// digests. It knows the forms that people exchange, GNU, BSD, hashdeep and
// JSON, and opens no file itself.
//
// Begin with [NewWriter] to write a list and with [NewReader] to read one.
// [Inside] judges whether a name read from a list may be opened, [Duplicates]
// whether it was there before; a checker asks both for every entry.
//
// # Forms
//
// One line a digest, here for the file a.txt:
//
//	GNU       HEX␠␠a.txt
//	BSD       SHA256 (a.txt) = HEX
//
// A name that holds a backslash, a newline or a carriage return is written with
// \\, \n and \r in their place, and the line then begins with a backslash. All
// other bytes stand as they are, invalid UTF-8 included. With Zero, lines end
// in NUL and nothing is escaped.
//
// What other tools make of these two forms is read as well: a * before the name,
// one blank as of md5 -r, openssl's "SHA2-256(a.txt)= HEX", xxhsum's XXH3_HEX,
// digests in upper case or base64, # comments, blank lines, a byte order mark,
// and CRLF, for which a carriage return before the newline is never the name's.
//
// One line a file, after a header that names the columns:
//
//	%%%% HASHDEEP-1.0
//	%%%% size,md5,sha256,filename
//	## comment
//	5,HEX,HEX,a.txt
//
// Nothing is escaped in it. Hashdeep itself reads md5, sha1 and sha256 only;
// this package reads and writes every digest it knows in that form.
//
// One JSON object a line:
//
//	{"type":"file","path":"a.txt","size":5,"digests":{"sha256":"HEX"}}
//
// size is left out when it is unknown. A path that is not valid UTF-8 stands in
// path with U+FFFD for what is invalid, for people to read, and byte for byte in
// path_base64 (RFC 4648, padded), which wins when it is there. A reader passes
// over objects of another type, fields and digests that it does not know.
//
// # Standard input
//
// Checkers take the name "-" for standard input. A file of that name is written
// as "./-", unless [Entry.Stdin] says that it is standard input indeed.
//
// # Errors
//
// [Writer.Write] returns a [*NameError] for a name that the form cannot carry,
// and [Reader.Entries] yields a [*LineError] for a line that is no entry; both
// go on with what follows. [Inside] returns an [*OutsideError]. Any other error
// ends the list.
//
// # Limits
//
// A line has at most [MaxLine] bytes. Memory does not grow with the list: a
// Reader and a Writer hold one buffer each, Duplicates at most what its limit
// says.
//
// # Ownership
//
// Entries that are read belong to the caller, except for Candidates, which is
// shared and must not be changed. A Writer keeps nothing of an entry. None of
// the types may be used from two goroutines at once.
package manifest
