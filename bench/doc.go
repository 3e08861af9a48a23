// Package bench holds our measurements: benchmarks of the engine and of the
// byte path, the hand-written programs that they are held against, and the
// tests that keep the house's floors. bench/README.md says how to run them.
package bench
