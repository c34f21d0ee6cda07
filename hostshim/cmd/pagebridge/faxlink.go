package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"
)

// link is a UDP socket in a laboratory: it loses datagrams in both directions,
// the same ones for the same seed, and can wait for the peer. It belongs to one
// goroutine, but for the deadline.
type link struct {
	*net.UDPConn
	in, out  direction
	first    []byte // read by awaitPeer, not yet given on; nil: none
	firstSrc netip.AddrPort
}

// direction loses datagrams of one direction.
type direction struct {
	share       float64
	dice        *rand.Rand
	all, losses int
}

func newLink(conn *net.UDPConn, loss float64, seed uint64) *link {
	l := &link{UDPConn: conn, in: direction{share: loss}, out: direction{share: loss}}
	l.in.dice = rand.New(rand.NewPCG(seed, 0)) // a stream for each: the order of both does not count
	l.out.dice = rand.New(rand.NewPCG(seed, 1))
	return l
}

func (d *direction) loses() bool {
	d.all++
	if d.dice.Float64() >= d.share {
		return false
	}
	d.losses++
	return true
}

func (l *link) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	if l.first != nil {
		n := copy(b, l.first)
		l.first = nil
		return n, l.firstSrc, nil
	}
	for {
		n, from, err := l.UDPConn.ReadFromUDPAddrPort(b)
		if err != nil || !l.in.loses() {
			return n, from, err
		}
	}
}

func (l *link) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if l.out.loses() {
		return len(b), nil
	}
	return l.UDPConn.WriteToUDPAddrPort(b, to)
}

// awaitPeer waits for the first sound datagram and gives its source. The
// datagram itself is read again by whoever reads next.
func (l *link) awaitPeer(ctx context.Context, sound func([]byte) bool) (netip.AddrPort, error) {
	defer context.AfterFunc(ctx, func() { l.SetReadDeadline(time.Unix(1, 0)) })()
	buf := make([]byte, 2048)
	for {
		n, from, err := l.ReadFromUDPAddrPort(buf)
		switch {
		case ctx.Err() != nil:
			return netip.AddrPort{}, context.Cause(ctx)
		case errors.Is(err, os.ErrDeadlineExceeded), err == nil && !sound(buf[:n]):
			continue
		case err != nil:
			return netip.AddrPort{}, err
		}
		l.first, l.firstSrc = buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		return l.firstSrc, nil
	}
}

// String says how many datagrams went each way.
func (l *link) String() string {
	return fmt.Sprintf("%d datagrams received and %d sent; --loss dropped %d and %d of them",
		l.in.all, l.out.all, l.in.losses, l.out.losses)
}

// lossShare is the value of --loss.
type lossShare float64

func (s *lossShare) String() string { return strconv.FormatFloat(float64(*s), 'g', -1, 64) }
func (s *lossShare) Type() string   { return "share" }

// Set reads "0.05" or "5%". A share from 1 on could only be meant as percent.
func (s *lossShare) Set(text string) error {
	number, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(number, 64)
	if percent || v >= 1 {
		v /= 100
	}
	if err != nil || !(v >= 0 && v < 1) { // NaN too
		return errors.New("write a share such as 0.05, or 5%, below 100%")
	}
	*s = lossShare(v)
	return nil
}
