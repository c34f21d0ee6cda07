package modem

// SampleRate is that of all samples, in Hz.
const SampleRate = 8000

// A Transmitter makes the samples of one transmission: training, the bits of
// its Source, and what ends the signal.
type Transmitter interface {
	// Transmit makes the next samples. It gives fewer than len(out), and from
	// then on none, when the signal has ended; the rest of out is untouched.
	Transmit(out []int16) int
}

// A Source is where a Transmitter takes its bits. A modem asks for a bit when
// it modulates it, once after another, from the end of the training on.
type Source interface {
	// NextBit gives the next bit, 0 or 1, and false when there is none left.
	NextBit() (bit byte, more bool)
}

// A Receiver hears the line. It takes all samples of the call that are meant
// for it, one block after another, of any length, and tells its Sink what it
// makes of them before Receive returns.
type Receiver interface {
	Receive(samples []int16)
	// Lose takes the place of Receive for samples that a network has lost. The
	// Receiver lets their time pass by its own clock, decides what it can not know
	// as it likes, and learns nothing from it. guess is as many samples that may
	// have been there; where a signal is only looked for it is heard as if it were
	// the line.
	Lose(guess []int16)
}

// A Sink takes what a Receiver hears.
type Sink interface {
	// Status tells of the carrier. Bits come only between Trained and the
	// CarrierDown after it.
	Status(Status)
	// Bit takes the next bit, 0 or 1.
	Bit(bit byte)
}

// Status is a change of the carrier that a Receiver hears.
type Status uint8

const (
	// CarrierUp: energy that may be the modem's signal. Exactly one of Trained,
	// TrainingFailed and CarrierDown follows.
	CarrierUp Status = iota
	// Trained: the training sequence was understood, bits follow. V.21, which
	// has none, says so with CarrierUp.
	Trained
	// TrainingFailed: the signal is not of this modem and rate, or too
	// distorted. The receiver stays quiet until the signal ends.
	TrainingFailed
	// CarrierDown: the signal has ended.
	CarrierDown
)

func (s Status) String() string {
	switch s {
	case CarrierUp:
		return "carrier up"
	case Trained:
		return "trained"
	case TrainingFailed:
		return "training failed"
	case CarrierDown:
		return "carrier down"
	}
	return "unknown status"
}
