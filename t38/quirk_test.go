package t38

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// quirk says the packets of a terminal as some other implementation would: it
// gives what is sent in the place of one packet.
type quirk func(ifp.Packet) []ifp.Packet

// datagrams rewrites datagrams; those sent again are dropped, since every packet
// has another number then.
func (q quirk) datagrams(t *testing.T, s ifp.Syntax) func([]byte) [][]byte {
	sender := udptl.Sender{Correction: udptl.NoCorrection}
	last := -1
	return func(b []byte) (out [][]byte) {
		var u udptl.Packet
		var p ifp.Packet
		if err := u.Parse(b); err != nil {
			t.Fatal(err)
		}
		if int(u.Seq) <= last {
			return nil
		}
		last = int(u.Seq)
		if err := p.Parse(u.Primary, s); err != nil {
			t.Fatal(err)
		}
		for _, said := range q(p) {
			octets, err := said.Append(nil, s)
			if err != nil {
				t.Fatal(err)
			}
			d, err := sender.Append(nil, octets, 0)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, d)
		}
		return out
	}
}

func one(p ifp.Packet) []ifp.Packet { return []ifp.Packet{p} }

// eachField gives a packet for every field, as f makes them.
func eachField(f func(ifp.Field) []ifp.Field) quirk {
	return func(p ifp.Packet) []ifp.Packet {
		if !p.IsData {
			return one(p)
		}
		var out []ifp.Packet
		for _, field := range p.Fields {
			for _, g := range f(field) {
				out = append(out, ifp.Packet{IsData: true, DataType: p.DataType, Fields: []ifp.Field{g}})
			}
		}
		return out
	}
}

func isTraining(p ifp.Packet) bool {
	_, ok := trainingOf(p.Indicator)
	return !p.IsData && ok
}

// quirks makes each of them anew: some remember.
var quirks = map[string]func() quirk{
	"no indicators": func() quirk {
		return func(p ifp.Packet) []ifp.Packet {
			if !p.IsData {
				return nil
			}
			return one(p)
		}
	},
	"no training indicators": func() quirk {
		return func(p ifp.Packet) []ifp.Packet {
			if isTraining(p) {
				return nil
			}
			return one(p)
		}
	},
	"no preamble indicators": func() quirk {
		return func(p ifp.Packet) []ifp.Packet {
			if !p.IsData && p.Indicator == ifp.V21Preamble {
				return nil
			}
			return one(p)
		}
	},
	"a field in each packet": func() quirk {
		return eachField(func(f ifp.Field) []ifp.Field { return []ifp.Field{f} })
	},
	"an octet of HDLC in each packet": func() quirk {
		return eachField(func(f ifp.Field) (out []ifp.Field) {
			if f.Type != ifp.HDLCData {
				return []ifp.Field{f}
			}
			for i := range f.Data {
				out = append(out, ifp.Field{Type: f.Type, Data: f.Data[i : i+1]})
			}
			return out
		})
	},
	"sig-end by itself": func() quirk {
		return eachField(func(f ifp.Field) []ifp.Field {
			if f.Type != ifp.HDLCFCSOKSigEnd {
				return []ifp.Field{f}
			}
			return []ifp.Field{{Type: ifp.HDLCFCSOK}, {Type: ifp.HDLCSigEnd}}
		})
	},
	"sig-end without FCS": func() quirk {
		return eachField(func(f ifp.Field) []ifp.Field {
			if f.Type == ifp.HDLCFCSOKSigEnd {
				f.Type = ifp.HDLCSigEnd
			}
			return []ifp.Field{f}
		})
	},
	"no sig-end, but no-signal": func() quirk {
		return func(p ifp.Packet) []ifp.Packet {
			if !p.IsData {
				return one(p)
			}
			p.Fields = slices.Clone(p.Fields)
			ends := false
			for i, f := range p.Fields {
				switch f.Type {
				case ifp.HDLCFCSOKSigEnd:
					p.Fields[i].Type, ends = ifp.HDLCFCSOK, true
				case ifp.T4NonECMSigEnd:
					p.Fields[i].Type, ends = ifp.T4NonECMData, true
				case ifp.HDLCSigEnd:
					return one(ifp.Packet{Indicator: ifp.NoSignal})
				}
			}
			p.Fields = slices.DeleteFunc(p.Fields, func(f ifp.Field) bool {
				return f.Type == ifp.T4NonECMData && len(f.Data) == 0
			})
			var out []ifp.Packet
			if len(p.Fields) > 0 {
				out = one(p)
			}
			if ends {
				out = append(out, ifp.Packet{Indicator: ifp.NoSignal})
			}
			return out
		}
	},
	"no-signal floods": func() quirk {
		return func(p ifp.Packet) []ifp.Packet {
			out := one(p)
			if p.IsData && len(p.Fields) > 0 && p.Fields[len(p.Fields)-1].Type.SigEnd() {
				for range 100 {
					out = append(out, ifp.Packet{Indicator: ifp.NoSignal})
				}
			}
			return out
		}
	},
	"indicators three times, and again in the data": func() quirk {
		var last ifp.Packet
		again := false
		return func(p ifp.Packet) []ifp.Packet {
			if !p.IsData {
				last, again = p, p.Indicator == ifp.V21Preamble || isTraining(p)
				return []ifp.Packet{p, p, p}
			}
			if again {
				again = false
				return []ifp.Packet{last, p}
			}
			return one(p)
		}
	},
	"data before its indicator": func() quirk {
		var held *ifp.Packet
		return func(p ifp.Packet) []ifp.Packet {
			if !p.IsData && (p.Indicator == ifp.V21Preamble || isTraining(p)) {
				held = &p
				return nil
			}
			out := one(p)
			if held != nil {
				out = append(out, *held)
				held = nil
			}
			return out
		}
	},
	"long training for short": func() quirk {
		return func(p ifp.Packet) []ifp.Packet {
			if !p.IsData && p.Indicator == ifp.V17_14400ShortTraining {
				p.Indicator = ifp.V17_14400LongTraining
			}
			return one(p)
		}
	},
	"no DCN": func() quirk {
		var ended bool
		return func(p ifp.Packet) []ifp.Packet {
			for _, f := range p.Fields {
				if f.Type == ifp.HDLCData && p.DataType == ifp.V21 && len(f.Data) > 2 && t30.FCF(f.Data[2]&0x7F) == t30.DCN {
					ended = true
				}
			}
			if ended {
				return nil
			}
			return one(p)
		}
	},
}

// Whole faxes with each quirk in what one side says, or both.
func TestFaxWithQuirks(t *testing.T) {
	doc := []*t4.Page{testPage(1, 250, t4.MMR, t4.R8x7_7), testPage(2, 100, t4.MMR, t4.R8x7_7)}
	for name, q := range quirks {
		for sides := 1; sides <= 3; sides++ {
			for _, ecm := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s/sides %b/ECM %v", name, sides, ecm), func(t *testing.T) {
					calling, called := options(Options{})
					calling.T30.DisableECM, called.T30.DisableECM = !ecm, !ecm
					w := newWorld(calling, called, simnet.Conditions{Delay: 30 * time.Millisecond, Seed: 1})
					for i, e := range w.ends {
						if sides&(1<<i) != 0 {
							e.quirk = q().datagrams(t, e.s.rx.syntax)
						}
					}
					began := w.now
					mustFax(t, w, doc)
					if took := w.now.Sub(began); took > 80*time.Second {
						t.Errorf("the fax took %v", took)
					}
				})
			}
		}
	}
}
