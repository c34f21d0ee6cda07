package ifp

import (
	"fmt"
	"log/slog"
	"strings"
)

// Field is one element of the data-field of a packet. Data is nil when the
// packet has none; parsed, it is a part of the octets given to Parse.
type Field struct {
	Type FieldType
	Data []byte
}

// Packet is an IFPPacket (T.38 Annex A):
//
//	IFPPacket ::= SEQUENCE {
//	    type-of-msg  CHOICE { t30-indicator ENUMERATED, t30-data ENUMERATED },
//	    data-field   SEQUENCE OF SEQUENCE {
//	                     field-type  ENUMERATED,
//	                     field-data  OCTET STRING (SIZE (1..65535)) OPTIONAL } OPTIONAL }
type Packet struct {
	IsData    bool      // t30-data, else t30-indicator
	Indicator Indicator // when not IsData
	DataType  DataType  // when IsData
	Fields    []Field
}

// maxFields bounds the fields of a packet: real ones have one to four.
const maxFields = 256

// maxField is the longest field-data.
const maxField = 65535

// Parse reads one packet that fills b; zeros after its end are allowed, as
// packets recovered by FEC have them. It reuses the memory of p.Fields and
// keeps parts of b in it.
//
// A field without data leaves the next one to begin within an octet. Not all
// senders know (some begin each field with an octet), so a packet that makes no
// sense in the standard's way is read in that way.
func (p *Packet) Parse(b []byte, s Syntax) error {
	err := p.parse(b, s, false)
	if err != nil && p.IsData && p.parse(b, s, true) == nil {
		return nil
	}
	return err
}

func (p *Packet) parse(b []byte, s Syntax, octetFields bool) error {
	r := bitReader{b: b}
	hasFields := r.bits(1) == 1
	p.IsData = r.bits(1) == 1
	p.Indicator, p.DataType, p.Fields = 0, 0, p.Fields[:0]
	if p.IsData {
		p.DataType = DataType(r.enumerated(rootDataTypes, 4))
	} else {
		p.Indicator = Indicator(r.enumerated(rootIndicators, 4))
	}
	n := 0
	if hasFields {
		n = r.length()
	}
	if n > maxFields {
		return ErrFields
	}
	for ; n > 0 && r.err == nil; n-- {
		if octetFields {
			r.align()
		}
		p.Fields = append(p.Fields, r.field(s))
	}
	if r.err != nil {
		return r.err
	}
	return r.end()
}

func (r *bitReader) field(s Syntax) (f Field) {
	hasData := r.bits(1) == 1
	if s == Syntax1998 {
		f.Type = FieldType(r.bits(3))
	} else {
		f.Type = FieldType(r.enumerated(rootFieldTypes, 3))
	}
	if hasData {
		// SIZE (1..65535) counts from one (X.691 10.5.7).
		r.align()
		f.Data = r.octets(r.bits(16) + 1)
	}
	return f
}

// end checks that nothing but zeros follows.
func (r *bitReader) end() error {
	if spare := -r.pos & 7; spare > 0 && r.bits(spare) != 0 {
		return ErrTrailing
	}
	for _, o := range r.b[r.pos>>3:] {
		if o != 0 {
			return ErrTrailing
		}
	}
	return nil
}

// Append appends the packet to b.
func (p *Packet) Append(b []byte, s Syntax) ([]byte, error) {
	if len(p.Fields) > maxFields {
		return b, ErrFields
	}
	w := bitWriter{b: b}
	w.bits(bit(len(p.Fields) > 0), 1)
	w.bits(bit(p.IsData), 1)
	var err error
	if p.IsData {
		err = w.enumerated(uint8(p.DataType), rootDataTypes, 4)
	} else {
		err = w.enumerated(uint8(p.Indicator), rootIndicators, 4)
	}
	if err != nil {
		return b, err
	}
	if len(p.Fields) > 0 {
		w.length(len(p.Fields))
	}
	for _, f := range p.Fields {
		if err := w.field(f, s); err != nil {
			return b, err
		}
	}
	return w.b, nil
}

func (w *bitWriter) field(f Field, s Syntax) error {
	if len(f.Data) > maxField {
		return ErrLength
	}
	w.bits(bit(len(f.Data) > 0), 1)
	switch {
	case s == Syntax2002:
		if err := w.enumerated(uint8(f.Type), rootFieldTypes, 3); err != nil {
			return err
		}
	case f.Type < rootFieldTypes:
		w.bits(int(f.Type), 3)
	default:
		return ErrSyntax
	}
	if len(f.Data) > 0 {
		w.align()
		w.bits(len(f.Data)-1, 16)
		w.b = append(w.b, f.Data...)
	}
	return nil
}

func bit(v bool) int {
	if v {
		return 1
	}
	return 0
}

// String prints the packet as "v21-preamble" or
// "v21: hdlc-data[3] hdlc-fcs-OK-sig-end".
func (p *Packet) String() string {
	if !p.IsData {
		return p.Indicator.String()
	}
	var s strings.Builder
	s.WriteString(p.DataType.String())
	s.WriteByte(':')
	for _, f := range p.Fields {
		fmt.Fprintf(&s, " %s", f.Type)
		if len(f.Data) > 0 {
			fmt.Fprintf(&s, "[%d]", len(f.Data))
		}
	}
	return s.String()
}

// LogValue prints the packet as String does, when a log line is really written.
func (p *Packet) LogValue() slog.Value { return slog.StringValue(p.String()) }
