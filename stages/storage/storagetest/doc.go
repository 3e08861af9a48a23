// Package storagetest is the one suite that every storage driver passes: call
// [Source] and [Sink] from a test of the driver.
package storagetest
