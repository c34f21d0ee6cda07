package sipgohost

import (
	"context"
	"fmt"

	"github.com/pagebridge/pagebridge/sip/trunk"
)

// Reload replaces the trunks and the default route. Calls that are up go on as
// they are, and count for the trunk of the same name. When it fails, nothing has
// changed.
func (h *Host) Reload(trunks []trunk.Trunk, defaultRoute string) error {
	set, err := trunk.NewSet(trunks)
	if err != nil {
		return err
	}
	if err := checkRoute(set, defaultRoute); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	set.UseDNS(h.opts.DNS)
	set.Inherit(h.trunks.Load())
	h.trunks.Store(set)
	h.route = defaultRoute
	if h.events == nil || h.stopping || h.draining {
		return nil
	}
	unwatch := h.unwatch
	rewatched := make(chan struct{})
	h.unwatch = func() { <-rewatched } // Shutdown meanwhile waits for both
	go func() {
		unwatch() // unregisters what is registered, which takes its time
		h.mu.Lock()
		if h.stopping || h.draining {
			h.unwatch = func() {}
		} else {
			h.watch()
		}
		h.mu.Unlock()
		close(rewatched)
	}()
	return nil
}

func checkRoute(set *trunk.Set, route string) error {
	if route != "" && !set.Has(route) {
		return fmt.Errorf("default_route: there is no trunk %q", route)
	}
	return nil
}

// Drain takes no more calls, leaves the trunks, and returns when the last call
// has ended or ctx is done. Calls that are up go on.
func (h *Host) Drain(ctx context.Context) error {
	h.mu.Lock()
	h.draining = true
	unwatch := h.unwatch
	h.unwatch = func() {}
	h.tellIdle()
	h.mu.Unlock()
	go unwatch()
	select {
	case <-h.idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("calls are still up: %w", context.Cause(ctx))
	}
}

// leaves notes that a call has been hung up. Its peer may take long to agree, and
// one that never answered takes 32 s; a host that drains does not wait for that.
func (h *Host) leaves(c *call) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.leaving = true
	h.tellIdle()
}

// tellIdle notes that a host that drains has no calls left. The caller holds mu.
func (h *Host) tellIdle() {
	if !h.draining {
		return
	}
	for _, c := range h.calls {
		if !c.leaving {
			return
		}
	}
	select {
	case <-h.idle:
	default:
		close(h.idle)
	}
}
