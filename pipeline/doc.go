// Package pipeline composes typed stages, joined by bounded links, into a
// program that runs them at once. Begin with [New] and [From].
package pipeline
