package dns_test

import (
	"context"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/sip/dns"
	"github.com/pagebridge/pagebridge/sip/dns/dnstest"
)

func TestNAPTR(t *testing.T) {
	for _, cut := range []bool{false, true} {
		s := dnstest.Start(t)
		if cut {
			s.Cut()
		}
		s.NAPTR("example.com", dnstest.RDATA(50, 20, "s", "SIP+D2U", "", "_sip._udp.example.com"))
		s.NAPTR("example.com", dnstest.RDATA(50, 10, "S", "sip+d2t", "", "_sip._tcp.example.com"))
		s.NAPTR("example.com", dnstest.RDATA(10, 99, "s", "SIPS+D2T", "", "_sips._tcp.example.com"))
		s.NAPTR("example.com", dnstest.RDATA(1, 1, "u", "E2U+sip", "!^.*$!sip:info@example.com!", ""))
		s.NAPTR("example.com", []byte{0, 1, 0, 2, 9})
		got, err := dns.Resolver{Server: s.Addr}.NAPTR(t.Context(), "example.com")
		want := []dns.NAPTR{
			{10, 99, "s", "SIPS+D2T", "_sips._tcp.example.com"},
			{50, 10, "s", "SIP+D2T", "_sip._tcp.example.com"},
			{50, 20, "s", "SIP+D2U", "_sip._udp.example.com"},
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("cut %v: %+v, %v", cut, got, err)
		}
		if got, err := (dns.Resolver{Server: s.Addr}).NAPTR(t.Context(), "none.example.com"); err != nil || got != nil {
			t.Errorf("a domain without: %v, %v", got, err)
		}
	}
}

func TestStandardQuestionsToTheSameServer(t *testing.T) {
	s := dnstest.Start(t)
	s.A("sip.example.com", "192.0.2.7")
	s.SRV("_sip._udp.example.com", 1, 2, 5070, "sip.example.com")
	r := dns.Resolver{Server: s.Addr}
	if addrs, err := r.Addrs(t.Context(), "sip.example.com"); err != nil || len(addrs) != 1 || addrs[0].Unmap().String() != "192.0.2.7" {
		t.Errorf("addresses: %v, %v", addrs, err)
	}
	if srv, err := r.SRV(t.Context(), "_sip._udp.example.com"); err != nil || len(srv) != 1 || srv[0].Port != 5070 {
		t.Errorf("SRV: %v, %v", srv, err)
	}
}

// A server that answers with something else, or not at all, is given up.
func TestServerThatTalksNonsense(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() {
		b := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			b[0]++ // another question's answer
			for range 20 {
				conn.WriteTo(b[:n], from)
			}
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if list, err := (dns.Resolver{Server: conn.LocalAddr().String()}).NAPTR(ctx, "example.com"); err == nil {
		t.Errorf("%v", list)
	}
	if _, err := (dns.Resolver{}).NAPTR(ctx, "a..b"); err == nil {
		t.Error("a..b is a domain")
	}
}
