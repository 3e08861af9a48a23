// Package pipeline composes typed stages, joined by bounded links, into one
// program that runs them at once.
//
// Begin with [New] and [From], go on with [Map], [Via] and the others, end with
// [Into] or [Each] and Run, or range over [All]:
//
//	p := pipeline.New("sizes")
//	s := pipeline.From(p, "paths", pipeline.Lines(os.Stdin))
//	m := pipeline.Map(s, "stat", size, pipeline.Workers(4))
//	err := pipeline.Each(m, "sum", add).Run(ctx)
//
// A stage is a plain blocking function: it can be tested with a slice, and
// composed with others by calling them. A pipeline is built once and run once.
// It knows nothing of files or bytes.
//
// # Concurrency
//
// Every stage has a goroutine, or as many as its [Workers], which bear the pprof
// labels "pipeline" and "stage". Run starts them and returns when all of them
// have ended, whatever ended it; [All] does the same around a loop, whose body
// runs on the caller's goroutine. A pipeline is built by one goroutine; Stats,
// Fill, String and Dot may be called by any while it runs.
//
// Every operator keeps the order of its items, with any number of workers,
// unless it is told [Unordered]. [Merge] keeps that of each of its inputs,
// [Partition] that of each key. [Each] with several workers keeps none.
//
// A stage's context ends with the stage or the run, or, with cause [ErrStop], when
// nobody wants its output any more. A function that does not return then holds up Run:
// set [Options].Grace to be told which, and to go on without it.
//
// # Backpressure
//
// A link is a buffered channel, and emit blocks while it is full. Nothing else
// holds a stage back, and what is in the link (Fill of [LinkStats]) says who
// waits for whom.
//
// Small items travel in slabs, which makes them several times cheaper; an item
// still never waits while its consumer is idle, and there is no timer. [Buffer]
// and [Slab] set both, Slab(1) makes the link a plain channel, and [Bytes]
// bounds it by weight too. A stage that paces the flow, such as a throttle,
// wants Buffer(1) on the stages before and after it, since all that lies ahead
// of it has been let through already.
//
// # Limits
//
// A link of Buffer(b) and Slab(s) keeps at most b items in its channel, rounded
// down to whole slabs; beside them there are at most s in the slab that the
// producer fills or waits to send, and at most s in the consumer's hand. With
// Slab(1) that is b+2: b in the channel, one in emit, one in the loop. Beyond
// that, each worker of a [Map] holds at most s items of its input and as many
// results, and where several goroutines emit on one link, as with [Unordered],
// each of them may hold a slab that it waits to send.
//
// Bytes(n) bounds what is in the channel; the item in emit and the one in the
// loop come on top. One that is heavier than n passes when the channel is
// empty.
//
// # Ownership
//
// An item has one owner. What the loop over in yields is the stage's; what is
// given to emit is the link's, also when emit returns an error. Items that
// nobody received when the run ends, or when their consumer left early, are
// handed to the function that [Drop] names, once each: those in the channel,
// those in a slab of which a stage saw only a part, the one in a refused emit,
// and those that an operator held: the results of a [Map] that were not
// emitted, the batch that a [Batch] had begun, the copies that a [Tee] owed.
//
// # Errors
//
// The first error ends the run. Run returns it as a [*StageError], which is
// also the cause of every context below; those that follow from it are logged
// where [Options].Log is set. A panic, and a call of runtime.Goexit, is such an
// error, a [*PanicError]. When the caller's context ends the run, Run returns
// its cause. [ErrStop] is no error: a stage whose consumer has left, by
// returning nil before the end or by leaving the loop over [All], gets it from
// emit and from in, and hands it on by returning it.
//
// A stage that was cut short releases what it owns and returns the error that it
// got, as it is or wrapped. An error that holds more than that, such as
// errors.Join(err, file.Close()) when Close fails, is a failure of the stage.
//
// Faults of the wiring, such as a name used twice or a stream that nothing
// consumes, are returned together by Run or All before anything starts. Only a
// second consumer of a stream panics, where it is added.
//
// # What is absent
//
// There are no retries and no rate limits, which decorate the function that a
// stage is given, and no way to send an error along with an item: emit a type
// that has room for it.
package pipeline
