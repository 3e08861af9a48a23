package retry

import (
	"errors"
	"net"
)

// Classifier is an error that knows its class. It speaks for all that it wraps,
// since whoever made it, such as the driver of a storage, knows more of the
// cause than a number of the system says: that the stream that ended early came
// from a connection, or that a status of 507 means no room.
type Classifier interface {
	error
	RetryClass() Class
}

// Classify is the class of err, found by the types and values in it and never by
// its text. A [Classifier] is believed. Otherwise the system's error numbers
// decide, and with them fs.ErrPermission and fs.ErrNotExist; timeouts, and name
// servers that cannot answer now, are Network. All else, nil too, is Unknown.
//
// Of the parts of a joined error the highest class is taken: Full, Permission,
// Changed, Gone, Memory, FileSystem, Network. Parts that are Unknown do not
// count, as they are often only the name of what the others did.
//
// io.EOF and io.ErrUnexpectedEOF are Unknown: a connection that was cut and a
// file that is damaged both end that way, and only the driver can tell.
// context.Canceled is Unknown, as it follows from something else, which counts
// where it is joined to it. context.DeadlineExceeded is a timeout, because net
// and net/http say it of their own timeouts, which no context had a part in: for
// one that the caller set, ask the context, as [Do] does.
func Classify(err error) Class {
	if parts := joined(err); len(parts) > 0 {
		strictest := Unknown
		for _, part := range parts {
			strictest = max(strictest, Classify(part))
		}
		return strictest
	}
	if says, ok := errors.AsType[Classifier](err); ok {
		return says.RetryClass()
	}
	return lookUp(err)
}

// joined is what err joins, beneath whatever wraps the join, or nothing where a
// Classifier above the join speaks for it.
func joined(err error) []error {
	for err != nil {
		switch e := err.(type) { //nolint:errorlint // one step at a time: errors.As would look into the first part and never see the second
		case Classifier:
			return nil
		case interface{ Unwrap() []error }:
			return e.Unwrap()
		}
		err = errors.Unwrap(err)
	}
	return nil
}

// lookUp is the class of err by the tables.
func lookUp(err error) Class {
	for class := Full; class > Unknown; class-- {
		if isAny(err, everywhere[class]) || isAny(err, native[class]) {
			return class
		}
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return Network
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok && name.IsTemporary {
		return Network // what a lost network looks like from the next attempt on
	}
	return Unknown
}

func isAny(err error, known []error) bool {
	for _, k := range known {
		if errors.Is(err, k) {
			return true
		}
	}
	return false
}
