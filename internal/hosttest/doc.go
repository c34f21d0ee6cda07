// Package hosttest runs the program pagebridge as people run it, host and plugin
// in processes of their own, for tests that speak with it from outside.
//
//	func TestMain(m *testing.M) { hosttest.Main(m, hosttest.Options{…}) } // builds it, once
//
//	h := hosttest.Serve(t, configuration)         // pagebridge serve -c …
//	line, next := h.Wait("serving", 0, patience)  // what its log says, in order
//	h.Signal(syscall.SIGHUP)
//
// A host ends with its test, and the test fails when it does not end when asked
// to, or when its log tells of a fault.
package hosttest
