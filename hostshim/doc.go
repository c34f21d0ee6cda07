// Package hostshim is what a SIP server links to load the fax plugin.
//
//	          Launch: starts, configures, watches, restarts
//	┌────────┐ Events: Incoming, Offered, Answered, …  ┌──────┐   gRPC   ┌────────┐
//	│ server │ ──────────────────────────────────────▶ │ Shim │ ───────▶ │ plugin │
//	│        │ ◀────────────────────────────────────── │      │ ◀─────── │        │
//	└────────┘ Host: Respond, Reinvite, Dial, HangUp   └──────┘          └────────┘
//
// The server keeps SIP: transactions, dialogs, routing. It passes descriptions
// (SDP) on as they are and needs to understand nothing of fax; media goes
// straight to the plugin's own ports. What an adapter does:
//
//   - A new INVITE: call Incoming before anything else. Taken: leave the call to
//     the commands that come. Not taken: go on as if there were no plugin.
//   - A re-INVITE or UPDATE with a body in a call that was taken: call Offered,
//     and answer it when Respond says so. One without a body that only refreshes
//     the session (UPDATE) is the server's own business.
//   - The final answer to a Dial or a Reinvite: call Answered. Send the ACK.
//   - The end of a call that the plugin did not end: call Ended.
//   - Respond, Reinvite, Dial, HangUp: do that, and return without waiting for
//     the network.
//
// When the plugin's process dies its calls are ended with HangUp, PluginLost is
// set, and the process is started again. Package sipgohost is such an adapter,
// and examples/host-diago another one, of some 250 lines.
package hostshim
