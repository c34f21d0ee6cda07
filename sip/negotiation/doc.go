// Package negotiation brings a SIP call from audio to T.38, and decides what to
// do when the peer will not. It is a pure state machine: offers, answers and the
// time go in, offers, answers and media to open come out. There is no socket,
// no goroutine and no clock in here.
//
//	           events                            effects
//	SIP    ─────────────▶  ┌─────────────┐  ─────────────▶  SIP
//	        Offered        │   Machine   │   Answer
//	        Answered       │             │   Offer
//	        Ended          │ audio, T.38 │
//	media  ─────────────▶  │ or fallback │  ─────────────▶  media
//	        ToneSent       └─────────────┘   OpenAudio
//	        FaxHeard          ▲       │      OpenT38
//	        MediaSilent Advance       Deadline
//
// # States
//
// Each has its file.
//
//	 called          calling
//	┌──────┐        ┌──────────┐
//	│ idle │        │ inviting │
//	└──┬───┘        └────┬─────┘
//	   └──── audio ──────┤─────────── T.38 at once ──────────┐
//	                ┌────▼────┐   the peer's re-INVITE   ┌────▼─────┐
//	                │ waiting │─────────────────────────▶│ relaying │
//	                └────┬────┘                          └─▲──┬───┬─┘
//	 CED sent, or 8 s    │      ┌──── 200 with T.38 ───────┘  │   │ the peer
//	 without the peer's  │      │                             │   │ goes back
//	                ┌────▼──────┴─┐ 491  ┌────────────┐       │   │ to audio
//	                │  offering   │◀────▶│ backingOff │       │ ┌─▼───────┐
//	                └────┬────▲───┘      └────────────┘       │ │ settled │
//	  refused, port 0    │    └──── silent: back to audio ────┘ └─────────┘
//	                ┌────▼───┐
//	                │ faxing │ over G.711, if the policy has this fallback
//	                └────────┘
//
// From any of them a re-INVITE without an offer leads to offeredLate and back,
// and what cannot go on to over.
package negotiation
