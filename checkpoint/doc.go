// Package checkpoint says what has safely arrived, so that a stream which was
// interrupted continues where it was.
//
// So far it holds only the [Identity] that a record compares a source by; the
// records themselves and their store come with resumption.
package checkpoint
