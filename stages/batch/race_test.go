//go:build race

package batch_test

// raceDetector takes ten times as long, and tries less.
const raceDetector = true
