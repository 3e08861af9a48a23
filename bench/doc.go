// Package bench holds our measurements: the engine's benchmarks and the tests
// that keep the house's floors. The programs beneath it are the loops that one
// would write by hand and the comparison with what people use; bench/README.md
// says how to run them and what came out.
package bench
