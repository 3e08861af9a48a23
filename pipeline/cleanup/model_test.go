package cleanup_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/pipeline/cleanup"
)

// modelResource is a resource as the plain model sees it.
type modelResource struct {
	name      string
	priority  cleanup.Priority
	added     time.Time
	idleSince time.Time
	leases    int
	givenUp   bool
	gone      bool // released or kept
	handle    *cleanup.Handle
}

func (r *modelResource) idle() bool { return r.leases == 0 && !r.gone }

func (r *modelResource) due(now time.Time) bool {
	age, idle := now.Sub(r.added), now.Sub(r.idleSince)
	switch r.priority {
	case cleanup.Immediate:
		return age > 0
	case cleanup.High:
		return age > time.Minute
	case cleanup.Normal:
		return age > 5*time.Minute
	case cleanup.Low:
		return age > 10*time.Minute || idle > time.Minute
	case cleanup.Deferred:
		return age > 30*time.Minute || idle > 30*time.Second
	case cleanup.AtEnd:
	}
	return false
}

// modelScope is a scope as the plain model sees it.
type modelScope struct {
	parent    *modelScope
	children  []*modelScope
	resources []*modelResource
	ended     bool
	scope     *cleanup.Scope
}

func (s *modelScope) alive() *modelScope {
	for s.ended {
		s = s.parent
	}
	return s
}

// all is what is in s and below, in the order in which a walk meets it.
func (s *modelScope) all() []*modelResource {
	found := slices.DeleteFunc(slices.Clone(s.resources), func(r *modelResource) bool { return r.gone })
	for _, child := range s.children {
		found = append(found, child.all()...)
	}
	return found
}

// close is what goes when s is closed, in order, and marks it so.
func (s *modelScope) close() (names []string) {
	for _, child := range slices.Backward(s.children) {
		names = append(names, child.close()...)
	}
	for _, r := range slices.Backward(s.resources) {
		if !r.gone {
			names = append(names, r.name)
			r.gone = true
		}
	}
	s.children, s.resources, s.ended = nil, nil, s.parent != nil
	if s.ended {
		s.parent.children = slices.DeleteFunc(s.parent.children, func(c *modelScope) bool { return c == s })
	}
	return names
}

func (s *modelScope) candidates(want func(*modelResource) bool, order ...cleanup.Priority) (found []*modelResource) {
	for _, p := range order {
		of := slices.DeleteFunc(s.all(), func(r *modelResource) bool { return r.priority != p || !want(r) })
		slices.SortStableFunc(of, func(a, b *modelResource) int { return a.idleSince.Compare(b.idleSince) })
		found = append(found, of...)
	}
	return found
}

// model runs the real thing and the plain one side by side.
type model struct {
	log       recorder
	scopes    []*modelScope
	resources []*modelResource // all there ever were
	kept      int
	want      []string // released by the step under way
	released  int
}

func (m *model) scope(t *rapid.T) *modelScope { return rapid.SampledFrom(m.scopes).Draw(t, "scope") }

// resource is one that is there, or, seldom, one of all that ever were.
func (m *model) resource(t *rapid.T) *modelResource {
	from := m.scopes[0].all()
	if len(from) == 0 || rapid.IntRange(0, 9).Draw(t, "gone?") == 0 {
		from = m.resources
	}
	if len(from) == 0 {
		t.Skip("there is none")
	}
	return rapid.SampledFrom(from).Draw(t, "resource")
}

func (m *model) gone(rs ...*modelResource) {
	for _, r := range rs {
		r.gone = true
		m.want = append(m.want, r.name)
	}
}

func (m *model) child(t *rapid.T) {
	at := m.scope(t)
	child := &modelScope{parent: at.alive(), scope: at.scope.Child()}
	child.parent.children = append(child.parent.children, child)
	m.scopes = append(m.scopes, child)
}

func (m *model) add(t *rapid.T) {
	at := m.scope(t)
	p := cleanup.Priority(rapid.IntRange(0, 5).Draw(t, "priority"))
	r := &modelResource{name: fmt.Sprint(len(m.resources)), priority: p, added: time.Now(), idleSince: time.Now()}
	r.handle = at.scope.Add(m.log.resource(r.name, p))
	at.alive().resources = append(at.alive().resources, r)
	m.resources = append(m.resources, r)
}

func (m *model) lease(t *rapid.T) {
	r := m.resource(t)
	ok := !r.gone && !r.givenUp
	if ok {
		r.leases++
	}
	require.Equal(t, ok, r.handle.Lease())
}

func (m *model) giveBack(ctx context.Context, t *rapid.T) {
	r := m.resource(t)
	if r.leases == 0 {
		t.Skip("not leased")
	}
	r.leases--
	r.idleSince = time.Now()
	if r.idle() && (r.givenUp || r.priority == cleanup.Immediate) {
		m.gone(r)
	}
	require.NoError(t, r.handle.Return(ctx))
}

func (m *model) release(ctx context.Context, t *rapid.T) {
	r := m.resource(t)
	r.givenUp = true
	if r.idle() {
		m.gone(r)
	}
	require.NoError(t, r.handle.Release(ctx))
}

func (m *model) keep(t *rapid.T) {
	r := m.resource(t)
	ok := !r.gone
	if ok {
		r.gone = true
		m.kept++
	}
	require.Equal(t, ok, r.handle.Keep())
}

func (m *model) sweep(ctx context.Context, t *rapid.T) {
	s := m.scope(t)
	due := func(r *modelResource) bool { return r.idle() && r.due(time.Now()) }
	m.gone(s.candidates(due, cleanup.Immediate, cleanup.High, cleanup.Normal, cleanup.Low, cleanup.Deferred)...)
	n, err := s.scope.Sweep(ctx)
	require.NoError(t, err)
	require.Len(t, m.want, n)
}

func (m *model) emergency(ctx context.Context, t *rapid.T) {
	s := m.scope(t)
	usage := rapid.SampledFrom([]float64{0.5, 0.80, 0.81}).Draw(t, "usage")
	m.gone(s.candidates((*modelResource).idle, cleanup.Deferred, cleanup.Low)...)
	if usage > 0.8 {
		normal := s.candidates((*modelResource).idle, cleanup.Normal)
		m.gone(normal[:len(normal)/2]...)
	}
	n, err := s.scope.Emergency(ctx, usage)
	require.NoError(t, err)
	require.Len(t, m.want, n)
}

func (m *model) close(ctx context.Context, t *rapid.T, s *modelScope) {
	if !s.ended {
		m.want = s.close()
	}
	require.NoError(t, s.scope.Close(ctx))
}

// check compares both after each step: exactly what the model let go was
// released, once each and in its order.
func (m *model) check(t *rapid.T) {
	require.Equal(t, m.want, m.log.take())
	m.released += len(m.want)
	m.want = nil
	root := m.scopes[0]
	stats := root.scope.Stats()
	here := root.all()
	require.Equal(t, len(here), stats.Registered)
	require.Equal(t, len(m.resources)-m.kept-m.released, stats.Registered)
	require.Equal(t, int64(m.released), stats.Releases)
	idle := len(slices.DeleteFunc(here, func(r *modelResource) bool { return !r.idle() }))
	require.Equal(t, stats.Registered-idle, stats.Leased)
}

func TestAgainstAPlainModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.WithoutCancel(t.Context()) // a bubble may not wait for what is outside
		with := func(step func(context.Context, *rapid.T)) func(*rapid.T) {
			return func(rt *rapid.T) { step(ctx, rt) }
		}
		m := &model{scopes: []*modelScope{{scope: &cleanup.Scope{}}}}
		inBubble(t, func() {
			rt.Repeat(map[string]func(*rapid.T){
				"child": m.child, "add": m.add, "add more": m.add, "lease": m.lease, "keep": m.keep,
				"return": with(m.giveBack), "release": with(m.release), "sweep": with(m.sweep), "emergency": with(m.emergency),
				"close": func(rt *rapid.T) { m.close(ctx, rt, m.scope(rt)) },
				"wait": func(rt *rapid.T) {
					time.Sleep(rapid.SampledFrom([]time.Duration{
						1, 30 * time.Second, time.Minute, 5 * time.Minute, 20 * time.Minute,
					}).Draw(rt, "time"))
				},
				"": m.check,
			})
			m.close(ctx, rt, m.scopes[0])
			m.check(rt)
		})
		require.Equal(rt, len(m.resources)-m.kept, m.released)
		require.Zero(rt, m.scopes[0].scope.Stats().Registered)
	})
}

// inBubble calls f with a clock of its own. rapid ends a case with a panic, which
// has to reach rapid's goroutine.
func inBubble(t *testing.T, f func()) {
	t.Helper()
	var ended any
	synctest.Test(t, func(*testing.T) {
		defer func() { ended = recover() }()
		f()
	})
	if ended != nil {
		panic(ended)
	}
}
