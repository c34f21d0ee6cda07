package render

import (
	"syscall"
	"time"
)

// limitSelf bounds the memory and the processor time of this process. RLIMIT_DATA,
// not RLIMIT_AS: Go reserves far more addresses than it uses.
func limitSelf(memory int64, t time.Duration) error {
	limit := syscall.Rlimit{Cur: uint64(memory), Max: uint64(memory)}
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &limit); err != nil {
		return err
	}
	// What LibreOffice writes may not fill the disk.
	const file = 1 << 30
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: file, Max: file}); err != nil {
		return err
	}
	// The parent ends a child that takes too long; this is for one whose parent
	// has died. Several threads use up processor time.
	seconds := uint64(t/time.Second)*8 + 8
	return syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: seconds, Max: seconds})
}
