package offramp

import (
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

func TestWantsReceipt(t *testing.T) {
	const ann = "ann@example.com"
	for fields, want := range map[string]bool{
		"": false,
		"Disposition-Notification-To: Ann <ann@EXAMPLE.com>":                                                                           true,
		"Disposition-Notification-To: bob@example.com":                                                                                 false,
		"Disposition-Notification-To: ANN@example.com":                                                                                 false,
		"Disposition-Notification-To: ann@example.com, bob@example.com":                                                                false,
		"Disposition-Notification-To: ann@example.com\nDisposition-Notification-To: " + ann:                                            false,
		"Disposition-Notification-To: <ann@example":                                                                                    false,
		"Disposition-Notification-To: " + ann + "\nContent-Type: multipart/report; boundary=b":                                         false,
		"Disposition-Notification-To: " + ann + "\nDisposition-Notification-Options: x=required,1":                                     false,
		"Disposition-Notification-To: " + ann + "\nDisposition-Notification-Options: signed-receipt-protocol=optional,pkcs7-signature": true,
	} {
		h, _ := imf.Split([]byte(strings.ReplaceAll(fields, "\n", "\r\n") + "\r\n\r\n"))
		if got := wantsReceipt(h, ann); got != want {
			t.Errorf("%q: %t", fields, got)
		}
		if wantsReceipt(h, "") {
			t.Errorf("%q: a receipt to the null path", fields)
		}
	}
}
