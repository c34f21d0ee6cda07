package t30

import (
	"time"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// The seam to package t4: what a page looks like on the line.

// maxPageOctets is the limit of one page as it is received.
const maxPageOctets = 16 << 20

// lineForm gives the page in the coding, width and resolution of the DCS, as
// several pages where it is longer than the receiver's paper. What the receiver
// cannot do is converted.
func lineForm(p *t4.Page, s Selection) ([]*t4.Page, error) {
	fitted, err := p.Fit(s.Width, s.Resolution, s.Coding, t4.EncodeOptions{})
	if err != nil {
		return nil, err
	}
	return fitted.Split(s.maxRows())
}

// lineOctets gives the rows outside ECM, filled up to the minimum scan line time
// of the receiver.
func lineOctets(p *t4.Page, s Selection) []byte {
	return p.Line(int(s.ScanLineTime * time.Duration(s.Modulation.Rate()) / time.Second))
}

// newPage makes a clean page of what comes, bad rows concealed and counted.
func newPage(s Selection) *t4.Receiver {
	return t4.NewReceiver(s.Coding, s.Width, s.Resolution, t4.ReceiveOptions{To: s.Coding, MaxOctets: maxPageOctets})
}
