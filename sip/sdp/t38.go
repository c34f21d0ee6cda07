package sdp

import (
	"slices"
	"strconv"

	pionsdp "github.com/pion/sdp/v3"
)

// T38 is what one side says of its T.38 in SDP (T.38 Annex D). MaxBuffer and
// MaxDatagram describe the side that says them; the others are agreed.
type T38 struct {
	Version        int // of T.38: 0 to 3
	MaxBitRate     int // bit/s; 0: not said
	RateManagement RateManagement
	MaxBuffer      int // octets; 0: not said
	MaxDatagram    int // octets of UDPTL that the side that says it takes; 0: not said

	// UDPEC is the error correction to use. Offered lists all that were named,
	// in their order; nil when the attribute was absent. To be written: Offered,
	// or when that is nil UDPEC (of which NoEC is written by absence).
	UDPEC   UDPEC
	Offered []UDPEC

	FillBitRemoval  bool
	TranscodingMMR  bool
	TranscodingJBIG bool

	// BooleanValues says that the booleans are written with :0 and :1 instead
	// of by their presence. An answer uses the form of the offer.
	BooleanValues bool

	VendorInfo string
	Unknown    []pionsdp.Attribute // attributes that mean nothing here; read, not written
}

// DefaultT38 is what a terminal of this project offers. 1400 octets and the
// headers of UDP and IPv6 fit an Ethernet frame.
func DefaultT38() T38 {
	return T38{MaxBitRate: 14400, MaxDatagram: 1400, UDPEC: Redundancy}
}

// RateManagement says who checks the training of the modems.
type RateManagement uint8

const (
	TransferredTCF RateManagement = iota // the far end does: TCF travels; the rule over UDP
	LocalTCF                             // the near end does; the rule over TCP
)

var rateManagementNames = [...]string{TransferredTCF: "transferredTCF", LocalTCF: "localTCF"}

func (r RateManagement) String() string { return rateManagementNames[r&1] }

// UDPEC is the error correction of UDPTL.
type UDPEC uint8

const (
	NoEC UDPEC = iota
	Redundancy
	FEC
)

var udpECNames = [...]string{NoEC: "t38UDPNoEC", Redundancy: "t38UDPRedundancy", FEC: "t38UDPFEC"}

func (e UDPEC) String() string {
	if int(e) >= len(udpECNames) {
		return "unknown"
	}
	return udpECNames[e]
}

// t38Attribute is one attribute of T.38 Annex D: its spelling, which stands
// nowhere else, how its value is read and what is written (nothing: no line).
type t38Attribute struct {
	name  string
	read  func(t *T38, value string)
	write func(t *T38) []string
}

// t38Attributes are in the order in which they are written.
var t38Attributes = [...]t38Attribute{
	{"T38FaxVersion", func(t *T38, v string) { t.Version = decimal(v, 255) },
		func(t *T38) []string { return []string{strconv.Itoa(t.Version)} }},
	{"T38MaxBitRate", func(t *T38, v string) { t.MaxBitRate = bitRate(v) },
		func(t *T38) []string { return unlessZero(t.MaxBitRate) }},
	{"T38FaxFillBitRemoval", func(t *T38, v string) { t.readBoolean(&t.FillBitRemoval, v) },
		func(t *T38) []string { return t.writeBoolean(t.FillBitRemoval) }},
	{"T38FaxTranscodingMMR", func(t *T38, v string) { t.readBoolean(&t.TranscodingMMR, v) },
		func(t *T38) []string { return t.writeBoolean(t.TranscodingMMR) }},
	{"T38FaxTranscodingJBIG", func(t *T38, v string) { t.readBoolean(&t.TranscodingJBIG, v) },
		func(t *T38) []string { return t.writeBoolean(t.TranscodingJBIG) }},
	{"T38FaxRateManagement", func(t *T38, v string) { t.RateManagement = rateManagement(v) },
		func(t *T38) []string { return []string{t.RateManagement.String()} }},
	{"T38FaxMaxBuffer", func(t *T38, v string) { t.MaxBuffer = decimal(v, 1<<20) },
		func(t *T38) []string { return unlessZero(t.MaxBuffer) }},
	{"T38FaxMaxDatagram", func(t *T38, v string) { t.MaxDatagram = decimal(v, 65535) },
		func(t *T38) []string { return unlessZero(t.MaxDatagram) }},
	{"T38FaxUdpEC", func(t *T38, v string) { t.Offered = append(t.Offered, errorCorrections(v)...) },
		func(t *T38) []string { return t.writeUDPEC() }},
	{"T38VendorInfo", func(t *T38, v string) { t.VendorInfo = v },
		func(t *T38) []string { return unlessEmpty(t.VendorInfo) }},
}

// t38AttributesByName has the folded names as keys.
var t38AttributesByName = func() map[string]*t38Attribute {
	m := make(map[string]*t38Attribute)
	for i := range t38Attributes {
		m[fold(t38Attributes[i].name)] = &t38Attributes[i]
	}
	return m
}()

// readT38 reads the attributes of a media.
func readT38(attributes []pionsdp.Attribute) T38 {
	var t T38
	for _, a := range attributes {
		if known, ok := t38AttributesByName[fold(a.Key)]; ok {
			known.read(&t, a.Value)
		} else if !commonAttribute(a.Key) {
			t.Unknown = append(t.Unknown, a)
		}
	}
	if len(t.Offered) > 0 {
		t.UDPEC = t.Offered[0]
	}
	return t
}

func (t T38) attributes() []pionsdp.Attribute {
	var list []pionsdp.Attribute
	for _, a := range t38Attributes {
		for _, value := range a.write(&t) {
			list = append(list, pionsdp.Attribute{Key: a.name, Value: value})
		}
	}
	return list
}

func rateManagement(value string) RateManagement {
	if fold(value) == fold(rateManagementNames[LocalTCF]) {
		return LocalTCF
	}
	return TransferredTCF
}

func (t *T38) readBoolean(field *bool, value string) {
	yes, valued := boolean(value)
	*field = yes
	t.BooleanValues = t.BooleanValues || valued
}

func (t *T38) writeBoolean(yes bool) []string {
	switch {
	case t.BooleanValues && yes:
		return []string{"1"}
	case t.BooleanValues:
		return []string{"0"}
	case yes:
		return []string{""}
	}
	return nil
}

func (t *T38) writeUDPEC() []string {
	if t.Offered == nil && t.UDPEC == NoEC {
		return nil
	}
	list := t.Offered
	if list == nil {
		list = []UDPEC{t.UDPEC}
	}
	var values []string
	for _, ec := range list {
		values = append(values, ec.String())
	}
	return values
}

func unlessZero(n int) []string {
	if n == 0 {
		return nil
	}
	return []string{strconv.Itoa(n)}
}

func unlessEmpty(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

// bitRateUnsaid is the rate of a side that names none: the fastest that every
// version of T.38 has.
const bitRateUnsaid = 14400

// Answer is what a side that would offer t answers to offer. Version, rate and
// facilities are those that both have; MaxBuffer and MaxDatagram are our own.
// TCF travels over UDPTL whatever was offered: a check by each near end is for
// TCP.
func (t T38) Answer(offer T38) T38 {
	a := T38{
		Version:         min(t.Version, offer.Version),
		MaxBitRate:      lowerRate(t.MaxBitRate, offer.MaxBitRate),
		MaxBuffer:       t.MaxBuffer,
		MaxDatagram:     t.MaxDatagram,
		FillBitRemoval:  t.FillBitRemoval && offer.FillBitRemoval,
		TranscodingMMR:  t.TranscodingMMR && offer.TranscodingMMR,
		TranscodingJBIG: t.TranscodingJBIG && offer.TranscodingJBIG,
		BooleanValues:   offer.BooleanValues,
		UDPEC:           t.chooseUDPEC(offer.Offered),
	}
	if offer.Offered != nil {
		a.Offered = []UDPEC{a.UDPEC}
	}
	return a
}

// Agreed is how to send to the peer after one side said t (ours) and the other
// theirs, whichever of the two was the offer.
func (t T38) Agreed(theirs T38) T38 {
	a := t.Answer(theirs)
	a.MaxBuffer, a.MaxDatagram = theirs.MaxBuffer, theirs.MaxDatagram
	a.Offered = nil
	return a
}

// chooseUDPEC picks the peer's best that we can. Who reads FEC reads redundancy
// too, so that an offer of FEC alone to a side without it is met with that.
func (t T38) chooseUDPEC(offered []UDPEC) UDPEC {
	ours := t.Offered
	if ours == nil {
		ours = []UDPEC{t.UDPEC}
	}
	for _, ec := range offered {
		if slices.Contains(ours, ec) {
			return ec
		}
	}
	if slices.ContainsFunc(offered, corrects) && slices.ContainsFunc(ours, corrects) {
		return Redundancy
	}
	return NoEC
}

func corrects(ec UDPEC) bool { return ec != NoEC }

func lowerRate(a, b int) int {
	if a == 0 {
		a = bitRateUnsaid
	}
	if b == 0 {
		b = bitRateUnsaid
	}
	return min(a, b)
}
