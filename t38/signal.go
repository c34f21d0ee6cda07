package t38

import (
	"time"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// modem says how T.38 names a modulation and how long its training takes on a
// real line.
type modem struct {
	modulation  t30.Modulation
	data        ifp.DataType
	long, short ifp.Indicator // short equals long where there is but one
	longTime    time.Duration
	shortTime   time.Duration
}

// modems gives the training times in symbols of each modem's segments at its
// symbol rate; talker echo protection is not sent.
var modems = [...]modem{
	// V.27ter 2.5.1, long: 50, 1074 and 8 symbols.
	{t30.V27ter2400, ifp.V27ter2400, ifp.V27ter2400Training, ifp.V27ter2400Training, symbols(1132, 1200), symbols(1132, 1200)},
	{t30.V27ter4800, ifp.V27ter4800, ifp.V27ter4800Training, ifp.V27ter4800Training, symbols(1132, 1600), symbols(1132, 1600)},
	// V.29: 48, 128, 384 and 48 symbols.
	{t30.V29_7200, ifp.V29_7200, ifp.V29_7200Training, ifp.V29_7200Training, symbols(608, 2400), symbols(608, 2400)},
	{t30.V29_9600, ifp.V29_9600, ifp.V29_9600Training, ifp.V29_9600Training, symbols(608, 2400), symbols(608, 2400)},
	// V.17, long: 256, 2976, 64 and 48 symbols; short: 256, 38 and 48.
	{t30.V17_7200, ifp.V17_7200, ifp.V17_7200LongTraining, ifp.V17_7200ShortTraining, symbols(3344, 2400), symbols(342, 2400)},
	{t30.V17_9600, ifp.V17_9600, ifp.V17_9600LongTraining, ifp.V17_9600ShortTraining, symbols(3344, 2400), symbols(342, 2400)},
	{t30.V17_12000, ifp.V17_12000, ifp.V17_12000LongTraining, ifp.V17_12000ShortTraining, symbols(3344, 2400), symbols(342, 2400)},
	{t30.V17_14400, ifp.V17_14400, ifp.V17_14400LongTraining, ifp.V17_14400ShortTraining, symbols(3344, 2400), symbols(342, 2400)},
}

func symbols(n, baud int) time.Duration {
	return time.Duration(n) * time.Second / time.Duration(baud)
}

// Times of what is not data.
const (
	preambleTime = time.Second            // V.21 flags before frames (T.30 5.3.1)
	flagsTime    = 200 * time.Millisecond // flags before the first frame of a partial page (T.4 Annex A)
)

// modemOf gives the modem of a fast modulation.
func modemOf(m t30.Modulation) (modem, bool) {
	for _, d := range modems {
		if d.modulation == m {
			return d, true
		}
	}
	return modem{}, false
}

// trainingOf gives the modulation that a training indicator announces.
func trainingOf(i ifp.Indicator) (t30.Modulation, bool) {
	for _, d := range modems {
		if d.long == i || d.short == i {
			return d.modulation, true
		}
	}
	return t30.NoModulation, false
}

// modulationOf gives the modulation that a data type names; of those that this
// terminal never offers (V.33, V.34, V.8) there is none.
func modulationOf(d ifp.DataType) t30.Modulation {
	if d == ifp.V21 {
		return t30.V21
	}
	for _, m := range modems {
		if m.data == d {
			return m.modulation
		}
	}
	return t30.NoModulation
}
