package t4

import "sync"

// A page is coded or decoded in less than a millisecond; what an Encoder and a
// Decoder work with is kept for the next page, lest most of it go into making
// garbage. None of it reaches who asked for the page.
var (
	encoders sync.Pool
	decoders sync.Pool
)

// keptOctets is the size of a buffer above which it is not kept.
const keptOctets = 1 << 20

// lentEncoder is NewEncoder for who gives it back.
func lentEncoder(coding Coding, width int, o EncodeOptions) *Encoder {
	e, _ := encoders.Get().(*Encoder)
	if e == nil || e.width != width || coding > MMR {
		e = NewEncoder(coding, width, o)
		e.lent = e.err == nil
		return e
	}
	e.ref.start()
	e.ref.end(0, width)
	*e = Encoder{coding: coding, width: width, lent: true, cur: e.cur, ref: e.ref, w: bitWriter{buf: e.w.buf[:0]}}
	e.setOptions(o)
	return e
}

func (e *Encoder) giveBack() {
	if e.lent && cap(e.w.buf) <= keptOctets {
		encoders.Put(e)
	}
}

// lentDecoder is Page.Decode for who gives it back.
func (p *Page) lentDecoder() *Decoder {
	d, _ := decoders.Get().(*Decoder)
	if d == nil || d.width != p.Width || p.Coding > MMR {
		return p.Decode()
	}
	d.ref.start()
	d.ref.end(0, p.Width)
	*d = Decoder{o: p.decodeOptions(), width: p.Width, oneD: true, cur: d.cur, ref: d.ref, spare: d.spare, buf: d.buf[:0]}
	d.feed(p.Data)
	return d
}

func (d *Decoder) giveBack() {
	if d.cur != nil && cap(d.buf) <= keptOctets {
		decoders.Put(d)
	}
}
