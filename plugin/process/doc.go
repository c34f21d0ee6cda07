// Package process is the plugin as a process: it answers go-plugin's handshake,
// serves the contract (proto/faxv1) and, when it is given a configuration, puts
// the house together:
//
//	Configure ─▶ house:  spool ─ offramp (SMTP in) ─ render ─ calls.Exchange
//	                       └──── onramp, report ─ relay (SMTP out)
//	Calls     ─▶ house.exchange.Serve
//	Drain     ─▶ house.drain
//
// The process ends with its host: when the stream of calls ends, or when its
// parent process is gone.
package process
