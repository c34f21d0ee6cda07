package t30

// A state is one of the places in the flow diagrams of T.30 Figure 5-2 where the
// terminal waits. It is asked about what happens there; what it does not
// define is ignored (idle). DCN, CRP, identifications and CallEnded never reach it.
type state interface {
	String() string

	frame(*Engine, Frame)            // a good control frame
	codedData(*Engine, []byte, bool) // FCD: frame number and data; whether its FCS was good
	data(*Engine, []byte)            // octets outside HDLC
	dataLost(*Engine)                // a hole in them
	carrierUp(e *Engine, m Modulation, failed bool)
	carrierDown(*Engine, Modulation)
	tone(*Engine, Tone)

	sent(*Engine)      // everything has been sent
	expired(*Engine)   // the wait is over
	pageReady(*Engine) // the page asked for is in e.tx
	committed(*Engine) // the page given to CommitPage is safe

	unidentified(*Engine) // T1 has run out
	noAnswer() Cause      // why the call fails when nothing useful comes here
	urgent(FCF) bool      // such a frame is heard even while sending
}

// idle ignores everything. Every state embeds it.
type idle struct{}

func (idle) frame(*Engine, Frame)                {}
func (idle) codedData(*Engine, []byte, bool)     {}
func (idle) data(*Engine, []byte)                {}
func (idle) dataLost(*Engine)                    {}
func (idle) carrierUp(*Engine, Modulation, bool) {}
func (idle) carrierDown(*Engine, Modulation)     {}
func (idle) tone(*Engine, Tone)                  {}
func (idle) sent(*Engine)                        {}
func (idle) expired(e *Engine)                   { e.end(e.state.noAnswer()) }
func (idle) pageReady(*Engine)                   {}
func (idle) committed(*Engine)                   {}
func (idle) unidentified(e *Engine)              {}
func (idle) urgent(FCF) bool                     { return false }
