// Package killtest kills the program pagebridge again and again, as a power
// failure would, while mail and faxes keep going through it, and then counts.
//
//	mails ─SMTP─▶ ┌────────────────┐ ─T.38─▶ fax machine
//	              │ host │ plugin  │
//	fax machine ─▶└────────────────┘ ─SMTP─▶ mailbox
//	                  ▲ SIGKILL to the host, the plugin, both, the renderer
//
// Whoever stands outside writes down what he was promised: the sender of mail
// each 250, the fax machine each page that was confirmed to it or that it
// confirmed. In the end every promise must have been kept, once.
package killtest
