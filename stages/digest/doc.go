// Package digest computes named digests, any set of them in one pass over the data.
package digest
