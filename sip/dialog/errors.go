package dialog

import (
	"errors"
	"fmt"
	"syscall"
)

// ErrClosed: the Stack was closed.
var ErrClosed = errors.New("the SIP stack is closed")

// ErrBusy: Options.MaxLegs calls are up.
var ErrBusy = errors.New("no more calls at once are allowed")

// ListenError says which address of Options.Listen cannot be had.
type ListenError struct {
	Listen string // as in Options.Listen
	Err    error
}

func (e *ListenError) Error() string {
	if e.InUse() {
		return fmt.Sprintf("SIP cannot listen on %s: another program has this port; stop it or choose another port", e.Listen)
	}
	return fmt.Sprintf("SIP cannot listen on %s: %v", e.Listen, e.Err)
}

func (e *ListenError) Unwrap() error { return e.Err }

// InUse tells that another program has the port.
func (e *ListenError) InUse() bool { return errors.Is(e.Err, syscall.EADDRINUSE) }
