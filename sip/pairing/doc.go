// Package pairing joins the offers and answers of two legs of a call whose media
// passes through here: what one side offers is offered to the other with our own
// addresses in it, and answered only when the other has answered. It is a pure
// state machine: offers, answers and the time go in, offers, answers and media
// to open come out. There is no socket, no goroutine and no clock in here.
//
//	A (the caller)          Machine              B (dialled here)
//	     │ INVITE, offer a    │                    │
//	     ├───────────────────▶│  INVITE, offer a'  │   a' is a with our address,
//	     │                    ├───────────────────▶│   and with what leg B does
//	     │        183, b'     │     183, answer b  │   against loss
//	     │◀───────────────────┤◀───────────────────┤
//	     │        200, b'     │     200, answer b  │
//	     │◀───────────────────┤◀───────────────────┤
//	     │                    │                    │
//	     │ re-INVITE, refresh │                    │   says again what is in force,
//	     ├───────────────────▶│                    │   or another address: B hears
//	     │        200         │                    │   nothing of it
//	     │◀───────────────────┤                    │
//	     │                    │  re-INVITE, T.38   │
//	     │  re-INVITE, T.38'  │◀───────────────────┤
//	     │◀───────────────────┤                    │
//	     │ 200 or 488 or 491  │                    │
//	     ├───────────────────▶│  200 or 488 or 491 │
//	     │                    ├───────────────────▶│
//
// # States
//
// Each has its file.
//
//	idle ──▶ dialling ──▶ bridged ◀──▶ forwarding     an offer waits for the other leg
//	  │       ▲  │          ▲  ▲
//	  ▼       │  ▼          │  ├─────▶ asking         a fax was heard: B, then A is asked for T.38
//	listening ┘ over        │  └─────▶ awaiting       our offer in a 200 waits for the ACK
//	  A is answered first   └────────▶ reconciling    a leg is told what it has not heard
//	             ▲             └─────▶ orphaned       one leg is gone, the other to be kept
//
// # A fax
//
// A call becomes one when a leg asks for T.38 or when one is heard. What then
// happens is Config.Fax, and what the legs say to it:
//
//	A says   B says      OpenT38       both have T.38
//	T.38     T.38    ──▶ OpenGateway   one has it, the other stays on G.711
//	or not   or not      OpenAudio     neither has it: the fax is in the audio
//
// A leg that has refused is not asked again; the other one is answered at once
// from then on. A leg that has lost its audio by an answer with port 0 is offered
// it again.
//
// An audio line keeps all that it says but its addresses: RTP passes through
// unread. Of a T.38 line the terms are passed on, and each leg has its own error
// correction and datagram size. Other lines cannot pass through and have port 0
// on both legs.
package pairing
