package batch

// More streams read ahead more, and make one spindle seek from file to file: they
// are only better where they are faster. How many that is nobody knows beforehand,
// so it is measured.
const (
	// gain is by how much another width must be faster to replace the present one:
	// from moment to moment the files alone make a few percent.
	gain = 1.10
	// firstRest is how many steps pass before the first trial, so that what is done
	// in a moment is not tried with. It is of more streams, which costs little where
	// it is in vain.
	firstRest = 2
	// shortRest is how many steps pass when the neighbours of a width have been
	// tried in vain; each time that happens again it is doubled, up to longRest.
	shortRest, longRest = 8, 128
)

// width finds how many streams are fastest. It tries the double and the half of
// the present number, each for a step between two steps of the present one, which
// shows what the number does and leaves out what the files do. It has no clock.
type width struct {
	now, most int // streams at once
	phase     phase
	other     int // streams, on trial
	before    float64
	during    float64 // what was done in a step before the trial, and in its own

	down bool // the side on which the next trial lies
	lost int  // trials in vain in a row
	rest int  // steps until the next trial
	long int  // how many they are next time
}

// phase is what the step that has just passed was for.
type phase int

const (
	resting phase = iota
	trying
	returning // to what was there before the trial
)

// streams is how many are to run now.
func (w *width) streams() int {
	if w.phase == trying {
		return w.other
	}
	return w.now
}

func newWidth(now, most int) *width {
	return &width{now: min(now, most), most: most, rest: firstRest, long: shortRest}
}

// step takes what was done a second since the last step, in any unit. It is to be
// called only after steps in which as many streams ran as were to.
func (w *width) step(done float64) {
	switch w.phase {
	case resting:
		if w.rest > 0 || done <= 0 {
			w.rest = max(0, w.rest-1)
			return
		}
		w.try(done)
	case trying:
		w.during, w.phase = done, returning
	case returning:
		w.phase = resting
		if w.during > gain*max(w.before, done) {
			w.now, w.lost, w.long = w.other, 0, shortRest
			break
		}
		w.lose()
	}
}

// try begins a trial. A side on which there is no neighbour is lost.
func (w *width) try(done float64) {
	w.other = min(2*w.now, w.most)
	if w.down {
		w.other = max(1, w.now/2)
	}
	if w.other == w.now {
		w.lose()
		return
	}
	w.before, w.phase = done, trying
}

// lose turns to the other side, and rests when both have lost.
func (w *width) lose() {
	w.down = !w.down
	w.lost++
	if w.lost == 2 {
		w.lost, w.rest, w.long = 0, w.long, min(2*w.long, longRest)
	}
}

// stop ends a trial that was disturbed.
func (w *width) stop() { w.phase = resting }
