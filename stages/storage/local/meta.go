package local

import (
	"io/fs"
	"time"
)

// Keep says what of a file is kept besides its bytes, as bits to be combined.
type Keep uint8

const (
	// KeepMode is what owner, group and others may do.
	KeepMode Keep = 1 << iota
	// KeepTimes is when it was read and written last.
	KeepTimes
	// KeepOwner is the user and the group. Only the superuser may give files away.
	KeepOwner
	// KeepAttributes is the extended attributes, with the access control lists of
	// POSIX, which are such attributes.
	KeepAttributes
	// KeepSpecial is setuid, setgid and the sticky bit. Without KeepMode it is nothing.
	KeepSpecial

	// KeepDefault is what a copy keeps that was asked for nothing.
	KeepDefault = KeepMode | KeepTimes
)

// allOfInfo is what every look at a file tells.
const allOfInfo = KeepDefault | KeepSpecial

// special are the bits of a mode that give more than permission.
const special = fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// Meta is what a file, a directory or a symbolic link has besides its bytes, or is
// to have. The zero value is nothing: a copy then gets what a new file gets, or has
// the permissions of the one that it replaces.
type Meta struct {
	// Keep says which of the fields below hold something.
	Keep Keep
	// Mode holds permissions and, with KeepSpecial, setuid, setgid and sticky.
	Mode fs.FileMode
	// Accessed and Modified may be zero where the system does not tell.
	Accessed, Modified time.Time
	UID, GID           int
	Attributes         []Attribute
}

// Attribute is one extended attribute.
type Attribute struct {
	Name  string // with its namespace, such as user.origin
	Value []byte
}

// withMode is m with these permissions, unless it says which.
func (m Meta) withMode(perm fs.FileMode) Meta {
	if m.Keep&KeepMode == 0 {
		m.Keep, m.Mode = m.Keep&^KeepSpecial|KeepMode, perm
	}
	return m
}

// plain reports whether the permissions are all there is to who may do what.
func (m *Meta) plain() bool {
	return m.Keep&(KeepMode|KeepOwner|KeepAttributes|KeepSpecial) == KeepMode
}

// mode is the permissions, with setuid and its like only where they are asked for.
func (m *Meta) mode() fs.FileMode {
	if m.Keep&KeepSpecial == 0 {
		return m.Mode & fs.ModePerm
	}
	return m.Mode & (fs.ModePerm | special)
}
