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
// The usual call, as the called side (our machine on the right):
//
//	INVITE audio      ───▶  Offered{Initial}
//	                  ◀───  Answer{200 audio}, OpenAudio{CED}
//	     ~~~~ CED over RTP ~~~~   ToneSent
//	                  ◀───  Offer{T.38}
//	200 T.38          ───▶  Answered{200}
//	                        OpenT38
package negotiation
