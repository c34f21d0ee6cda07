package t38_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// Two fax machines on this computer, both aware that there is no telephone line
// between them, so that a page takes no longer than its packets.
func Example() {
	caller, called := socket(), socket()
	defer caller.Close()
	defer called.Close()
	ctx := context.Background()
	options := func(id string, calling bool) t38.Options {
		return t38.Options{
			ErrorCorrection: udptl.Redundancy,
			T30:             t30.Config{LocalID: id, Calling: calling, InternetAware: true},
		}
	}

	received := make(chan t38.Paper)
	go func() {
		var tray t38.Paper
		if _, err := t38.Receive(ctx, called, address(caller), &tray, options("+1 555 0199", false)); err != nil {
			fmt.Println(err)
		}
		received <- tray
	}()

	const width, rows = 1728, 1144 // an A4 page in standard resolution
	stripe := make([]byte, width/8)
	for i := range stripe {
		stripe[i] = 0xF0
	}
	page := t4.FromBitmap(stripe, width, width/8, rows, t4.MMR, t4.R8x3_85)
	out, err := t38.Send(ctx, caller, address(called), &t38.Paper{page}, options("+1 555 0100", true))
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(out.Sentence())
	fmt.Println("sent to", out.RemoteID, "with ECM:", out.ECM)

	got := <-received
	fmt.Println(len(got), "page of", got[0].Rows, "rows,", got[0].BadRows, "of them bad")
	// Output:
	// The fax went through: 1 page was confirmed.
	// sent to +1 555 0199 with ECM: true
	// 1 page of 1144 rows, 0 of them bad
}

func socket() net.PacketConn {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	return conn
}

func address(conn net.PacketConn) netip.AddrPort {
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}
