package ifp

import "strconv"

// Syntax is one of the two editions of the ASN.1 module in T.38 Annex A.
type Syntax uint8

const (
	Syntax1998 Syntax = iota // field-type without extension marker
	Syntax2002               // field-type with extension marker
)

// SyntaxOf gives the edition that goes with a T38FaxVersion. Version 0 means
// the edition of 1998 and 2 and above that of 2002. Version 1 was published
// with the older one, but the implementations of it that are met (spandsp, and
// with it Asterisk and FreeSWITCH) speak the newer, so it is taken for that.
func SyntaxOf(version int) Syntax {
	if version <= 0 {
		return Syntax1998
	}
	return Syntax2002
}

func (s Syntax) String() string {
	if s == Syntax1998 {
		return "1998"
	}
	return "2002"
}

// An Indicator is the value of t30-indicator: a signal that begins, or none.
type Indicator uint8

const (
	NoSignal Indicator = iota
	CNG
	CED
	V21Preamble
	V27ter2400Training
	V27ter4800Training
	V29_7200Training
	V29_9600Training
	V17_7200ShortTraining
	V17_7200LongTraining
	V17_9600ShortTraining
	V17_9600LongTraining
	V17_12000ShortTraining
	V17_12000LongTraining
	V17_14400ShortTraining
	V17_14400LongTraining

	// Beyond the extension marker.
	V8ANSam
	V8Signal
	V34ControlChannel1200
	V34PrimaryChannel
	V34ControlChannelRetrain
	V33_12000Training
	V33_14400Training
	numIndicators
)

// indicatorNames are those of T.38 Annex A.
var indicatorNames = [numIndicators]string{
	"no-signal", "cng", "ced", "v21-preamble", "v27-2400-training", "v27-4800-training",
	"v29-7200-training", "v29-9600-training", "v17-7200-short-training", "v17-7200-long-training",
	"v17-9600-short-training", "v17-9600-long-training", "v17-12000-short-training",
	"v17-12000-long-training", "v17-14400-short-training", "v17-14400-long-training",
	"v8-ansam", "v8-signal", "v34-cntl-channel-1200", "v34-pri-channel", "v34-CC-retrain",
	"v33-12000-training", "v33-14400-training",
}

func (i Indicator) String() string { return name(indicatorNames[:], uint8(i), "t30-indicator") }

// Known reports whether this package knows what the indicator means.
func (i Indicator) Known() bool { return i < numIndicators }

// A DataType is the value of t30-data: the modem that carries the data.
type DataType uint8

const (
	V21 DataType = iota
	V27ter2400
	V27ter4800
	V29_7200
	V29_9600
	V17_7200
	V17_9600
	V17_12000
	V17_14400

	// Beyond the extension marker.
	V8
	V34PrimaryRate
	V34ControlChannel
	V34Primary
	V33_12000
	V33_14400
	numDataTypes
)

var dataTypeNames = [numDataTypes]string{
	"v21", "v27-2400", "v27-4800", "v29-7200", "v29-9600", "v17-7200", "v17-9600", "v17-12000",
	"v17-14400", "v8", "v34-pri-rate", "v34-CC-1200", "v34-pri-ch", "v33-12000", "v33-14400",
}

func (d DataType) String() string { return name(dataTypeNames[:], uint8(d), "t30-data") }

// Known reports whether this package knows what the data type means.
func (d DataType) Known() bool { return d < numDataTypes }

// A FieldType says what a field of a data packet holds.
type FieldType uint8

const (
	HDLCData         FieldType = iota // octets of a frame, without FCS
	HDLCSigEnd                        // the signal stops outside a frame
	HDLCFCSOK                         // the frame ended and its FCS was right
	HDLCFCSBad                        // the frame ended and its FCS was wrong
	HDLCFCSOKSigEnd                   // as HDLCFCSOK, and the signal stops
	HDLCFCSBadSigEnd                  // as HDLCFCSBad, and the signal stops
	T4NonECMData                      // TCF or rows of a page
	T4NonECMSigEnd                    // the same, may be empty, and the signal stops

	// Beyond the extension marker of the edition of 2002.
	CMMessage
	JMMessage
	CIMessage
	V34Rate
	numFieldTypes
)

var fieldTypeNames = [numFieldTypes]string{
	"hdlc-data", "hdlc-sig-end", "hdlc-fcs-OK", "hdlc-fcs-BAD", "hdlc-fcs-OK-sig-end",
	"hdlc-fcs-BAD-sig-end", "t4-non-ecm-data", "t4-non-ecm-sig-end", "cm-message", "jm-message",
	"ci-message", "v34rate",
}

func (f FieldType) String() string { return name(fieldTypeNames[:], uint8(f), "field-type") }

// Known reports whether this package knows what the field type means.
func (f FieldType) Known() bool { return f < numFieldTypes }

// SigEnd reports whether the signal stops with a field of this type.
func (f FieldType) SigEnd() bool {
	switch f {
	case HDLCSigEnd, HDLCFCSOKSigEnd, HDLCFCSBadSigEnd, T4NonECMSigEnd:
		return true
	}
	return false
}

// How many values stand before the extension marker of each ENUMERATED.
const (
	rootIndicators = 16
	rootDataTypes  = 9
	rootFieldTypes = 8
)

func name(names []string, v uint8, kind string) string {
	if int(v) < len(names) {
		return names[v]
	}
	return kind + "(" + strconv.Itoa(int(v)) + ")"
}
