// Package sipgohost lets the SIP server of this repository load the fax plugin:
// it implements hostshim.Host on the legs of sip/dialog. It is also the model
// for the adapter of another SIP server, which has to do no more than this:
//
//	hostshim.Host (commands)            this package       hostshim.Events
//	Respond   answer what is open   ◀──  call.open     ──▶ Incoming, Offered
//	Reinvite  send a re-INVITE      ───▶ Leg.Request   ──▶ Answered
//	Dial      make a call           ───▶ Stack.Dial    ──▶ Progress, Answered
//	HangUp    BYE, CANCEL, or 4xx   ───▶ Leg.HangUp        Ended ◀── the peer's
//
// A call that comes in is the plugin's question first (Incoming). Taken, it is a
// call of the plugin; declined with a status, it is answered so; declined
// without one it is an ordinary call, and is carried on over the default route
// (sip/b2bua).
//
//	host, err := sipgohost.New(options)        // the ports are open; calls are answered 503
//	shim, err := hostshim.Launch(ctx, …, host) // the plugin runs
//	host.Start(shim)                           // calls are taken
//	host.Shutdown(ctx)                         // calls are hung up, ports closed
package sipgohost
