// Package checkpointtest is the one suite that every [checkpoint.Store] passes:
// call [Store] from a test of it.
package checkpointtest
